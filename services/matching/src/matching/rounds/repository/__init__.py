"""Rounds, rankings and frozen entries in MongoDB."""
