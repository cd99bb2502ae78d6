"""Passkeys, and what proves that somebody has one. Pure."""
