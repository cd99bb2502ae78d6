"""Pages for organizers: match days step by step, hosts' answers, and the number of nominations."""
