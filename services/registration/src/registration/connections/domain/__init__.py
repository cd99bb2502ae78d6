"""Deliveries, polls and session mappings. Pure."""
