"""What the engine and the features of matching share: candidates, listings, sessions, terms. Pure."""
