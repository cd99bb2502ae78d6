"""The brand of the conference that a mail is about."""
