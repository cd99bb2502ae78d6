"""Update contacts, and erase them."""
