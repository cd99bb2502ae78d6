"""Decisions about portfolios."""
