"""What notifications does: load, decide, save, publish; one module per concern."""
