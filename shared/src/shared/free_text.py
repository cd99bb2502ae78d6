"""Text that people write for other people: lines and paragraphs without control or invisible characters. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

from shared.worded import Worded

STORED: Final[Mapping[str, Any]] = {"stored": True}
"""The context in which pydantic validates stored data, which was accepted by the rules of its time."""

_HIDDEN: Final = r"\x7f-\x9f\u00ad\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
"""Controls; what breaks lines, reverses the order of characters (U+202E and its kind), or shows nothing at all.

Letters of some scripts need joiners (U+200C, U+200D), and text from right to left needs marks (U+200E, U+200F): these stay.
"""
LINE: Final = rf"^[^\x00-\x1f{_HIDDEN}]*[^\s\x00-\x1f{_HIDDEN}\u061c\u200c-\u200f][^\x00-\x1f{_HIDDEN}]*$"
"""Matches one line with a visible character, for JSON Schema."""
PARAGRAPHS: Final = rf"^[^\x00-\x09\x0b-\x1f{_HIDDEN}]*$"
"""Matches text with line breaks, for JSON Schema."""

_BEYOND: Final = "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
"""More that shows nothing, in planes that JSON Schema's regular expressions cannot name everywhere."""
_NOT_IN_TEXT: Final = re.compile(rf"[\x00-\x09\x0b-\x1f{_HIDDEN}{_BEYOND}\ud800-\udfff]")
NO_HALVES: Final = Worded("must be valid Unicode, without unpaired surrogates")
"""The fault of a text with half a surrogate pair, which JSON allows and UTF-8 does not."""
_TO_SEE: Final = re.compile(r"[^\s\u061c\u200c-\u200f]")


def check_text(text: str) -> None:
    """Raises ``ValueError`` if the text has control characters other than line breaks, or invisible ones."""
    if found := _NOT_IN_TEXT.search(text):
        number = ord(found[0])
        if 0xD800 <= number < 0xE000:
            raise ValueError(NO_HALVES)
        kind = "control" if number < 0xA0 else "invisible"
        raise ValueError(f"must not contain {kind} characters; leave out U+{number:04X}")


def legible(text: str) -> str:
    """The text with what controls or hides something written out, such as ``\\u202e``, so that it reads as it is."""
    return _NOT_IN_TEXT.sub(lambda found: _written_out(ord(found[0])), text)


def _written_out(number: int) -> str:
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def check_line(text: str) -> None:
    """Raises ``ValueError`` unless the text is one line with a visible character."""
    if "\n" in text:
        raise ValueError(Worded("must not contain control characters or line breaks"))
    check_text(text)
    if not _TO_SEE.search(text):
        raise ValueError(Worded("must contain a visible character"))


def paragraphs(text: str, most: int) -> str:
    """The text with simple line breaks, without the blanks around it. Raises ``ValueError`` if it is longer, or no plain text."""
    text = text.replace("\r\n", "\n").strip()
    if len(text) > most:
        raise ValueError(f"must have at most {most:,} characters, not {len(text):,}")
    check_text(text)
    return text
