"""The character sets that files may have, and their conversion to UTF-8."""

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
"""Python's codecs for text files. Other codecs escape characters, or are not for text."""


def known_codec(charset: str) -> str | None:
    """The name of Python's codec for a character set; None if it is not known."""
    try:
        name = codecs.lookup(charset.strip()[:40]).name
    except (LookupError, ValueError):
        return None
    return name if name in _KNOWN else None


def is_utf_8(charset: str) -> bool:
    """Whether this names UTF-8 or its subset ASCII."""
    return known_codec(charset) in ("utf-8", "ascii")


class Utf8Converter:
    """Converts a text to UTF-8, in pieces of any size.

    A byte order mark overrides the charset. Bytes that cannot be decoded become bytes that are not UTF-8.
    """

    def __init__(self, charset: str = "utf-8") -> None:
        self.charset = known_codec(charset) or "utf-8"
        self._beginning: bytes | None = b""
        self._decoder: codecs.IncrementalDecoder | None = None

    def feed(self, piece: bytes, last: bool = False) -> bytes:
        """The text that this piece completes, in UTF-8."""
        if self._beginning is not None:
            piece = self._beginning + piece
            if len(piece) < len(codecs.BOM_UTF8) and not last:
                self._beginning = piece
                return b""
            self._beginning = None
            self._begin(piece)
        if self._decoder is None:
            return piece
        return self._decoder.decode(piece, last).encode("utf-8", "surrogateescape")

    def _begin(self, piece: bytes) -> None:
        if piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self.charset = "utf-16"
        elif piece.startswith(codecs.BOM_UTF8) or self.charset == "ascii":
            self.charset = "utf-8"
        elif self.charset == "utf-16":
            self.charset = "utf-16-le"  # the byte order of programs that write no mark
        if self.charset != "utf-8":
            self._decoder = codecs.getincrementaldecoder(self.charset)(_UNDECODABLE)


_UNDECODABLE: Final = "registration-undecodable"
codecs.register_error(_UNDECODABLE, lambda error: ("\udcff", error.end if isinstance(error, UnicodeDecodeError) else 0))
