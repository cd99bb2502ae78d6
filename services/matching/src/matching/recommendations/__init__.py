"""Candidates, and the list of best matches of each."""
