"""Messages: their states and records. Pure."""
