"""What facts add up to, and which attendees are one person. Pure."""
