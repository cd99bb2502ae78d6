"""Nominations: mentors nominate attendees for leadership programmes, and the nominees agree before anybody else hears of it."""
