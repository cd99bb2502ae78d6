"""Mail rules and scheduled mails. Pure."""
