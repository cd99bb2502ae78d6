"""Mail rules: which event leads to which mail, and which mails it takes back."""
