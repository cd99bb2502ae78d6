"""Senders over SMTP, and what they share."""
