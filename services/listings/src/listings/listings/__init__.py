"""Listings of organizations, from draft to end, and how many of their seats are taken."""
