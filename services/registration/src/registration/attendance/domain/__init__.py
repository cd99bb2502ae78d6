"""Rules for attendance events. Pure."""
