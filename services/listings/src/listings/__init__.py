"""The listings service: organizations, mentors and listings in by HTTP; what is open out as events."""
