"""Connections, deliveries, observed objects and polls in MongoDB."""
