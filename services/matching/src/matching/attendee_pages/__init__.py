"""Attendees' pages: what needs their answer, their matches, applications, match days and placements."""
