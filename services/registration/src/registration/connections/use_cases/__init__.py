"""Manage connections, receive webhooks, and turn observations into attendance."""
