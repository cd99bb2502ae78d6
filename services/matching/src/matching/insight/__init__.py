"""Insight: what came of conferences, in figures for their boards."""
