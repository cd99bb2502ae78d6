"""Background work: writing what is due, and deleting what is old."""
