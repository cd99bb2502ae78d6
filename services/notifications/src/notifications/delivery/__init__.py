"""Delivery: messages are claimed, handed over to a mail server, and what became of them is recorded."""
