"""Listings that attendees hide from their matches, with the reasons."""
