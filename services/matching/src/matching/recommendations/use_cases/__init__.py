"""What is done with candidates and their recommendations."""
