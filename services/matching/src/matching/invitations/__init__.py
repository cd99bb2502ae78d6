"""Hosts see who suits a listing, without a name, and invite them to apply."""
