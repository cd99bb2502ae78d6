"""Placements, handles and what credentials need, in MongoDB."""
