"""Contacts: the attendees and staff who get mails, what they want, and what is new for their digests."""
