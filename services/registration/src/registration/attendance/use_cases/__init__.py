"""What is done with attendance events."""
