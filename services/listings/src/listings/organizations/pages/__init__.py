"""Pages about a host's staff: people, roles, and who mentors whom."""
