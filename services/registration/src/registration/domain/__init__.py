"""Types and rules of registration, one module per concern. Pure."""
