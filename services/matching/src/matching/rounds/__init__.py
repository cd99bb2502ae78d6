"""Match-day rounds: ranked, locked, matched, published."""
