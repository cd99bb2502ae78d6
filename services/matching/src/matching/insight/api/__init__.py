"""HTTP in: insight as JSON, and as a page."""
