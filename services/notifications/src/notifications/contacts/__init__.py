"""Contacts: whom mails go to, what they want, and what is in their digests."""
