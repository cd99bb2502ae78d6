"""Regular expressions of these readers. They take linear time, as each repeat is bounded."""

import re
import unicodedata
from typing import Final

_FOLDED: Final = {
    code: base
    for code in (*range(0xC0, 0x250), *range(0x386, 0x3CF), *range(0x1E00, 0x1F00))
    if (base := unicodedata.normalize("NFKD", chr(code))[0]) != chr(code)
} | {ord(letter): plain for letter, plain in zip("łøđıßæ", ("l", "o", "d", "i", "ss", "ae"), strict=True)}
"""Latin and Greek letters without their accents."""


def without_accents(text: str) -> str:
    """A text with plain Latin and Greek letters, as servers write that know only ASCII."""
    return text.translate(_FOLDED)


def any_of(*expressions: str, flags: int = 0) -> re.Pattern[str]:
    """One expression that matches any of these."""
    return re.compile("|".join(expressions), flags)


def any_folded(*expressions: str) -> re.Pattern[str]:
    """One expression that matches any of these in a text without accents."""
    return any_of(*(without_accents(expression) for expression in expressions))
