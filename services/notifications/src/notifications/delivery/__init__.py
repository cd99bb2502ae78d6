"""Handing messages over to a mail server: claim, offer, record, hand over, record."""
