"""Scheduled mails and projections in MongoDB."""
