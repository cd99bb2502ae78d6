"""Candidates and their lists of best matches."""
