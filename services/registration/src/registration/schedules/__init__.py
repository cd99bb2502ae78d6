"""Reads the schedule files that conferences publish, one module per format. Pure."""
