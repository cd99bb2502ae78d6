"""Background work: writes mails that are due, and deletes old data."""
