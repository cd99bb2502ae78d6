"""Conferences and their schedules."""
