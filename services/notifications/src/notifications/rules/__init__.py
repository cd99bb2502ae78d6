"""Mail rules: which event schedules which mail, and which mails it cancels."""
