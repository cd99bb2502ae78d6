"""What a mail says and how it goes over the wire."""
