"""Contacts: the attendees and staff whom mails go to, what they want, and what is new for their digests."""
