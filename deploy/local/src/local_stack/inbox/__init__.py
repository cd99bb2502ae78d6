"""A mail inbox for one machine: takes every mail by SMTP, delivers none, shows them in a browser."""
