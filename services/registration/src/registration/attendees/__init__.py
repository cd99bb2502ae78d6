"""Attendees with their facts, and the contacts and profiles that are published of them."""
