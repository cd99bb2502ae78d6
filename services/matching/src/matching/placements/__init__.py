"""Placements: attendees in seats, from the confirmation to the end, and what comes of it."""
