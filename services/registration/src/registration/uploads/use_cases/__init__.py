"""Receiving files, and publishing their rows."""
