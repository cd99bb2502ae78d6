"""What goes on without being asked: claimed under a lease, so that several instances share it and a crash loses nothing."""
