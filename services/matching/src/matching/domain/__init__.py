"""Types and rules of matching, one module per concern. Pure."""
