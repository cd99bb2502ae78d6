"""Writing: scheduled mails and digests that are due become messages, and old records are deleted."""
