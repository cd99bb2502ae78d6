"""Types and rules of ideas. Pure."""
