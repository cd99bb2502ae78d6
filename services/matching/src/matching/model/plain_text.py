"""Text with line breaks that people write to each other. Pure."""

import unicodedata
from typing import Final

PLAIN_TEXT: Final = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"
"""Matches what ``plain_text`` accepts, for JSON Schema."""


def plain_text(text: str, most: int) -> str:
    """The text without the blanks around it. Raises ``ValueError`` if it has more characters, or any that control something."""
    text = text.replace("\r\n", "\n").strip()
    if len(text) > most:
        raise ValueError(f"must have at most {most:,} characters, and has {len(text):,}")
    for character in text:
        if character != "\n" and unicodedata.category(character) in ("Cc", "Cs"):
            raise ValueError(f"must be plain text; leave out the control character U+{ord(character):04X}")
    return text
