"""The host desk: the pages of an organization's people. What they read and change belongs to the other rooms."""
