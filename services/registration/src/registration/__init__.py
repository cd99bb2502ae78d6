"""The registration service: attendance in; conferences, contacts and profiles out."""
