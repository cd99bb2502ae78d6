"""Which conference a mail is about, and how that presents itself."""
