"""The brands of conferences on pages and in mails: colour, logo and sender."""
