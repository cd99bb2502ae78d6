"""What organizers look at, and what they may set right."""
