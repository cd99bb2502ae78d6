"""What matching does, one module per concern: load, decide, save, publish."""
