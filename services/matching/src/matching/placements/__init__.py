"""Placements: attendees in seats, from confirmation to the end, with feedback, skills and hires."""
