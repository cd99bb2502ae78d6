"""Bounces and complaints: addresses that take no mail are suppressed."""
