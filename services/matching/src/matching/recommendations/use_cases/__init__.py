"""The use cases of candidates and their recommendations."""
