"""Lists, replays and discards dead letters over HTTP."""
