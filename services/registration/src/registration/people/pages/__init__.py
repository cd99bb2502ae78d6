"""``/profile``: people see and correct their data, give consent, export and erase."""
