"""Background work: processes deliveries, and polls."""
