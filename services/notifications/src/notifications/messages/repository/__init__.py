"""Messages in MongoDB: every query of them is here."""
