"""Types and rules of notifications, one module per concern. Pure."""
