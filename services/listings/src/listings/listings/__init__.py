"""Listings: what organizations offer, from draft to its end, and who has its seats."""
