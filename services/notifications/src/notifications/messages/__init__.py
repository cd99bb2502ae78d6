"""Messages: written mails from queued to sent, and the events published about them."""
