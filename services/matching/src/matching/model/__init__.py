"""The model shared by the engine and the rooms: candidates, listings, conferences, terms and commands. Pure."""
