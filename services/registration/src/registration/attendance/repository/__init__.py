"""Attendance events that are not recorded, and requests that may be repeated."""
