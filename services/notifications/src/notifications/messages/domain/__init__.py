"""Messages: their states, and what is recorded of them. Pure."""
