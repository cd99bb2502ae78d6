"""Receives CSV files of attendance, and publishes their rows as attendance events."""
