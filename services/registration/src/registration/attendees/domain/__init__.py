"""The aggregate of facts about attendees, and which attendees are one person. Pure."""
