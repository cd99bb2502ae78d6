"""Issues, lists and revokes API keys, and checks the key of each request."""
