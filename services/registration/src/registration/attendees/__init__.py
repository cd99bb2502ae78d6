"""Aggregates the facts about each attendee, and publishes the contacts and profiles that change."""
