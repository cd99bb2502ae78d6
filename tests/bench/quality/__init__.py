"""How good lists of matches are: what is judged, by whom, and other ways to rank."""
