"""How conferences present themselves on pages and in mails: colour, logo and sender."""
