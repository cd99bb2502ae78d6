"""The catalogue: listings and conferences, in the database and in every instance's memory."""
