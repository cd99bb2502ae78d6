"""Organizers of conferences: set by address, published to the other services by id."""
