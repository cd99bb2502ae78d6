"""Nominations and their rules: types and pure functions."""
