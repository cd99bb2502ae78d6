"""How hosts answer applications: counted in the background for organizers."""
