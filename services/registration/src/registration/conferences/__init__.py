"""Announces conferences with their schedules, from JSON or from a schedule file."""
