"""What the room does: sign-ins, and sessions."""
