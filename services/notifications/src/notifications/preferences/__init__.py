"""Preferences: what people choose to get, and the pages where they say so."""
