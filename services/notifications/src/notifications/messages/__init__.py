"""Messages: written mails, and what became of each."""
