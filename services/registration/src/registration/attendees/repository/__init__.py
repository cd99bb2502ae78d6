"""Attendees, facts and identities in MongoDB."""
