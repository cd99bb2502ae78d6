"""Connections to other systems: webhooks, polling, and what was observed there."""
