"""Preferences: which mails people want, and the pages where they choose and unsubscribe."""
