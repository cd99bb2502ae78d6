"""Listings: what organizations offer, from draft to its end, and how many of its seats are taken."""
