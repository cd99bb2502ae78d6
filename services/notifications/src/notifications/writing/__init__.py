"""Writing the mails that are due: scheduled mails and digests become messages."""
