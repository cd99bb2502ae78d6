"""How many people came to each conference: counted, and published without saying who."""
