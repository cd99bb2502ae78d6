"""Background work: processing deliveries, and polling."""
