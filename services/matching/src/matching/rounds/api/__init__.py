"""Match-day rounds and rankings over HTTP."""
