"""Connections and webhooks over HTTP."""
