"""Connects ticketing and event systems: receives their webhooks, polls their APIs, and publishes the attendance that follows."""
