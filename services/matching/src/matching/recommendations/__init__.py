"""Candidates, and the best matches that are kept up to date for each."""
