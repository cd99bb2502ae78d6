"""The registration service: takes in attendance, and publishes conferences, contacts and profiles."""
