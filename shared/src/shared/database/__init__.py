"""MongoDB: one unit of work is one transaction, its events included."""
