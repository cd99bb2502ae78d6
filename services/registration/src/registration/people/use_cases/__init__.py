"""Merges, decisions, exports and erasure."""
