"""Placements as an attendee's portfolio shows them."""
