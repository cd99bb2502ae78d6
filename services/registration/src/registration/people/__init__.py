"""Merges attendees into one person, records what people decide, and exports or erases their data."""
