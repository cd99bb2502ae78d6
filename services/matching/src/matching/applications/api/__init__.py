"""Applications over HTTP, for attendees and for hosts."""
