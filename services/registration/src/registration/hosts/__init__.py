"""The names of host organizations, as listings last published them, for people who choose which hosts may see them."""
