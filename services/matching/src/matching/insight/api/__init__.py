"""Insight as JSON, and as a page."""
