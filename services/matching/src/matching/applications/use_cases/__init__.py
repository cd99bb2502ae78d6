"""The actions of attendees, hosts and the clock on applications."""
