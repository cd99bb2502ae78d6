"""HTTP interface: insight as JSON, and as a page."""
