"""Pages about ideas: for their authors, and for the hosts who may adopt them."""
