"""Mail: the content of each kind of mail, in its reader's language, and its bytes on the wire."""
