"""Rounds, rankings and entries in MongoDB."""
