"""The rules of placements: their course, conflicts and results. Pure."""
