"""What is done with connections, deliveries and observations."""
