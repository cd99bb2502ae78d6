"""Portfolios: placements that attendees publish themselves; gained skills become part of the profile."""
