"""HTTP: problem details, health, and what is refused before a service looks at a request."""
