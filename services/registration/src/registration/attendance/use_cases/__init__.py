"""Recording events, and looking up their outcomes."""
