"""Background work: writing what is due, and forgetting what is old."""
