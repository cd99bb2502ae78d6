"""Types and rules of listings. Pure."""
