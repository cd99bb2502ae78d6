"""Record events, and look up their outcomes."""
