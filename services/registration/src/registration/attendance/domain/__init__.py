"""The rules for attendance events. Pure."""
