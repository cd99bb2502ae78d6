"""HTTP in, one module per concern."""
