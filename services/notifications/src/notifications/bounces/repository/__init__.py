"""Suppressed addresses, and what came back, in MongoDB."""
