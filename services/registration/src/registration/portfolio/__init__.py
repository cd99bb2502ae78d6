"""Portfolios: what attendees did in placements, published by themselves; skills that were gained return into the profile."""
