"""What attendees, hosts and the clock do with applications."""
