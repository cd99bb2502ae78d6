"""The pages of attendees: what is their turn, their matches, applications, match days and placements."""
