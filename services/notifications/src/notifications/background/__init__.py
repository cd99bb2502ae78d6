"""What runs by itself: writing what is due, and seeing to the rest."""
