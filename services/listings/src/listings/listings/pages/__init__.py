"""Pages of listings: one for whoever reads about an internship, and the desk of its host."""
