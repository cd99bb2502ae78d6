"""The rules of match-day rounds. Pure."""
