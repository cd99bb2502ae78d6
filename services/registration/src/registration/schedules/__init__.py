"""Readers of the files in which conferences publish their schedules, one module per format."""
