"""Placements, handles and status lists, in MongoDB."""
