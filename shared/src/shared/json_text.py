"""JSON from strangers."""

import json
import re
from typing import Any, Final

import orjson

from shared.validation import shown

# Also one that never ends: so it matches wherever a text begins, and each byte is looked at once.
_TEXT: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")


def read_json(text: bytes) -> Any:
    """The value of a JSON text (RFC 8259) without duplicate names in an object.

    Readers pick different ones of duplicate names, so the checked value might not be the applied one.

    Raises:
        ValueError: it is not such a text.
    """
    value = orjson.loads(text)
    try:
        # A name that came twice is gone from the value, and its colon with it, unless a colon in a text was written as an escape.
        if orjson.dumps(value).count(b":") == text.count(b":") and b"\\u003a" not in text.lower():
            return value
        json.loads(text, object_pairs_hook=_each_once)
    except (TypeError, RecursionError):  # orjson reads deeper nesting than it writes
        raise ValueError("it is nested too deeply") from None
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> None:
    names = set[str]()
    for name, _ in pairs:
        if name in names:
            raise ValueError(f"the name {shown(name)} appears twice in one object")
        names.add(name)


def compounds(text: bytes) -> int:
    """How many objects and arrays a JSON text can have at most. To read one takes a hundred times longer than a number."""
    return text.count(b"{") + text.count(b"[")


def without_texts(text: bytes) -> bytes:
    """A JSON text without its texts, so that each colon is one of a field, and each bracket one of an object or array."""
    return _TEXT.sub(b"", text)


def is_deep(text: bytes, levels: int) -> bool:
    """Whether it is JSON nested deeper than this many levels."""
    # Fewer brackets than levels cannot nest deeper: nearly every text is done with by this count.
    if compounds(text) <= levels:
        return False
    brackets = without_texts(text).translate(_BRACKETS, _NO_BRACKETS)
    for _ in range(levels):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")  # the innermost level
    if not brackets:
        return False
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False  # its reader will report that
    return True
