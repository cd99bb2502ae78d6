"""What is done with match-day rounds."""
