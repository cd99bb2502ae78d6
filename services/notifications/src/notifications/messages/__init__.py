"""Messages: written mails from queued to sent, and what the other services are told of them."""
