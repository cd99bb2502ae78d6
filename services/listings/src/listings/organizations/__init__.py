"""Host organizations, their mentors, and how to reach them."""
