"""``/profile``: people see and correct what is known of them, say what they agree to, export and erase."""
