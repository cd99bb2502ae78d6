"""Mail: what each kind of mail says, in its reader's language, and its form on the wire."""
