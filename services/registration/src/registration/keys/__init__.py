"""API keys, and the guard that checks them."""
