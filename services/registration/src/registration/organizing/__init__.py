"""Pages for organizers: the sources of attendance and their state, events that were not recorded, and the schedule."""
