"""Pages for a host's people: who they are, what each does, and who looks after whom."""
