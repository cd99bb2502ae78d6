"""What facts add up to, and who is one person. Pure."""
