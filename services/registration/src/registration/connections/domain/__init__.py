"""Deliveries and polls. Pure."""
