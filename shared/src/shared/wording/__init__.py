"""Texts in the reader's language: translations, dates, conditions and reasons in words. Mails and pages share them. Pure."""
