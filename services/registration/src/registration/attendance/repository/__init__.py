"""Pending and rejected events, and idempotency keys, in MongoDB."""
