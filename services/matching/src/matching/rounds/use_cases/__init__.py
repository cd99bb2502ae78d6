"""The use cases of match-day rounds."""
