"""Reads CSV files of attendance. Pure."""
