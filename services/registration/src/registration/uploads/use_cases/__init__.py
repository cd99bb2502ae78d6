"""Receive files, and publish their rows."""
