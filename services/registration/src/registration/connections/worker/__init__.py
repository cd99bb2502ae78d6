"""Background work: webhook deliveries and polls."""
