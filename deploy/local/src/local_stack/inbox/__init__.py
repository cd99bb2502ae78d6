"""A mail inbox for one machine: it accepts all mails by SMTP, delivers none, and shows them in a browser."""
