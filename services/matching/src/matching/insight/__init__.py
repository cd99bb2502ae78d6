"""Insight: figures about the results of conferences, for their boards."""
