"""Sign-in: a mail with a link and a code proves that somebody reads the mail of an address, and starts a session."""
