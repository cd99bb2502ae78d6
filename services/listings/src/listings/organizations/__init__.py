"""Host organizations, their mentors, and their contact details."""
