"""Adding, using and removing passkeys, and the mails that tell of it."""
