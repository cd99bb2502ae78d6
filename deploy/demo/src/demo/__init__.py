"""A conference to try Opportunity Desk with: real sessions and projects, generated people."""
