"""The listings service: takes organizations, mentors and listings over HTTP, and publishes open listings as events."""
