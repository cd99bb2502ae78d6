"""People over HTTP, for operators and for the people themselves."""
