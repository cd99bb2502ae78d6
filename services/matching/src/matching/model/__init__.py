"""What the engine and the rooms of matching share: candidates, listings, conferences, terms, commands. Pure."""
