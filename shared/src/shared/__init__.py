"""The event contract and the small runtime that every service of Opportunity Desk uses."""
