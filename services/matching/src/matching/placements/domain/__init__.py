"""What a placement is, which ones exclude each other, and what becomes of one. Pure."""
