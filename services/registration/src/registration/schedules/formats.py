"""Chooses the reader for a schedule file."""

from collections.abc import Callable
from typing import Final

from registration.charsets import EXAMPLES, is_utf_8, known_codec
from registration.schedules import icalendar, pentabarf, pretalx
from registration.schedules.fields import Unreadable
from registration.schedules.schedule import Schedule
from shared.worded import Worded

READERS: Final[dict[str, Callable[[bytes], Schedule]]] = {
    "application/json": pretalx.read,
    "application/xml": pentabarf.read,
    "text/xml": pentabarf.read,
    "text/calendar": icalendar.read,
}
"""The reader of each media type."""

_FIRST_BYTES: Final = ((b"{", pretalx.read), (b"[", pretalx.read), (b"<", pentabarf.read), (b"BEGIN:", icalendar.read))


def read(body: bytes, media_type: str, charset: str = "") -> Schedule:
    """Read a schedule file of this media type. If the type is not in ``READERS``, the beginning of the file decides.

    ``charset`` is the charset of the text, if it is not the format's own: UTF-8, or the one that an XML document declares.

    Raises:
        Unreadable: it is not a schedule, or its format is not known.
    """
    reader = READERS.get(media_type) or _by_first_bytes(body)
    if reader is None:
        raise Unreadable("body", Worded("is not a known schedule format; expected one of %(known)s", known=", ".join(READERS)))
    return reader(body) if reader is pentabarf.read else reader(_in_utf_8(body, charset))


def _in_utf_8(body: bytes, charset: str) -> bytes:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        charset = "utf-16"
    if not charset or is_utf_8(charset):
        return body
    codec = known_codec(charset)
    if codec is None:
        raise Unreadable(
            "content-type", Worded("names an unknown charset; expected one like %(known)s", known=", ".join(EXAMPLES))
        )
    try:
        return body.decode(codec).encode()
    except UnicodeDecodeError:
        raise Unreadable("body", Worded("is not in the charset that content-type names; correct one of them")) from None


def _by_first_bytes(body: bytes) -> Callable[[bytes], Schedule] | None:
    text = body[:1000].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n").upper()
    return next((reader for beginning, reader in _FIRST_BYTES if text.startswith(beginning)), None)
