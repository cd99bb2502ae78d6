"""People: consent, merges, their own profile, export and erasure."""
