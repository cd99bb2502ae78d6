"""The notifications service: mails attendees about their matches, with their consent."""
