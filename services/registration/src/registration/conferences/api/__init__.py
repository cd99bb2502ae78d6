"""Conferences and schedule files over HTTP."""
