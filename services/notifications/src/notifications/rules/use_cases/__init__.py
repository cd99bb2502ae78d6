"""Applying what other services publish: mail rules, and who attended which conference."""
