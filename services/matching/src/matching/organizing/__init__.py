"""Pages for organizers: match days as a guided path, how hosts answer, and how many were nominated."""
