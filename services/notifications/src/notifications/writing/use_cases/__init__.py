"""Writing the mails that are due."""
