"""Skills and topics as people type them into one field."""

import re

_BETWEEN = re.compile(r"[,;\n]")


def terms_in(text: str) -> list[str]:
    """The terms of a text in which commas, semicolons or line breaks are between them."""
    return [term for part in _BETWEEN.split(text) if (term := part.strip())]
