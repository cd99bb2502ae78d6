"""Attendees' applications for listings, from the first note to the last answer."""
