"""Pages for organizers: where attendance comes from and whether it still does, what was not recorded, the schedule."""
