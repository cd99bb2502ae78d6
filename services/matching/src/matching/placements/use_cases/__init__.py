"""The use cases of placements."""
