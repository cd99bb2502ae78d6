"""``/profile/portfolio``: people publish their placements one by one, and have them issued as credentials."""
