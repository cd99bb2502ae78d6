"""Hosts see suitable candidates for a listing, without names, and invite them to apply."""
