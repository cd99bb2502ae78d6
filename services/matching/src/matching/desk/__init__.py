"""The host desk: the pages of an organization's staff. Their data belongs to the other rooms."""
