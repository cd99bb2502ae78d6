"""The host desk: pages for an organization's staff. Their data belongs to the other rooms."""
