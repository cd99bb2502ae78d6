"""What the service does by itself, one module per concern."""
