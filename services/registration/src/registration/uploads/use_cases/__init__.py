"""Receiving files, and publishing what their rows say."""
