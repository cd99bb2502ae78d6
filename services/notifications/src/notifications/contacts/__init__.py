"""Contacts: attendees and staff who get mails, their preferences, and what is new for their digests."""
