"""Portfolios over HTTP."""
