"""Figures, each beside a peer in the same run: ``make bench`` prints one JSON line for each."""
