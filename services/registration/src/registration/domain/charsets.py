"""The character sets in which files may come."""

import codecs
from typing import Final

EXAMPLES: Final = ("utf-8", "utf-16", "windows-1252", "iso-8859-1")

_KNOWN: Final = frozenset(
    codecs.lookup(name).name
    for name in (
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii"),
        *(f"iso8859-{number}" for number in range(1, 17) if number != 12),
        *(f"cp{number}" for number in (437, 850, 852, 866, 874, 932, 936, 949, 950, *range(1250, 1259))),
        *("koi8-r", "koi8-u", "mac-roman", "shift_jis", "euc_jp", "iso2022_jp", "gb2312", "gbk", "gb18030", "big5", "euc_kr"),
    )
)
"""Of Python's codecs those for text that files are in: others run code points together, escape, or are not for text."""


def known_codec(charset: str) -> str | None:
    """The name of the codec for a character set as it is commonly called; None where there is none."""
    try:
        name = codecs.lookup(charset.strip()[:40]).name
    except (LookupError, ValueError):
        return None
    return name if name in _KNOWN else None


def is_utf_8(charset: str) -> bool:
    """Whether this names UTF-8, or what is a part of it."""
    return known_codec(charset) in ("utf-8", "ascii")
