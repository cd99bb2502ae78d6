"""Listings that attendees hide from their matches, and why not."""
