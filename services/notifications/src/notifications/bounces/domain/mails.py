"""Parses untrusted mails with bounds on bytes, parts and characters, and without charsets whose decoders are slow."""

import email
import html
import re
from collections.abc import Iterable, Iterator
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from itertools import islice
from typing import Final

MOST_BYTES: Final = 256 * 1024
"""How much of a mail is read. A report says why at its beginning and ends with a copy of our mail."""
MOST_ADDRESSES: Final = 20
_MOST_PARTS: Final = 500
"""A mail with more parts is not read. Reports have about ten."""
_MOST_NESTED: Final = 40
"""Mentions of a boundary. The library compares each line with the boundary of each part around it."""
_MOST_HEADER_LINES: Final = 2_000
"""Lines of a mail's own headers. Mails have some hundred at most; each costs the library as much as a page of text."""
_MOST_HEADERS: Final = 16 * 1024
_MOST_TYPES: Final = 32 * 1024
"""Bytes of all Content-Type headers. The library takes quadratic time for their parameters."""
_MOST_TEXT: Final = 20_000
"""Characters of a part that are read."""
_MOST_FIELD: Final = 2_000
"""Characters of a header."""

_MBOX_LINES: Final = re.compile(rb"(?:>{0,9}From [^\n]{0,1000}\n){0,9}")
"""Matches lines that mailbox files add before the headers, and pipes may leave there."""
_TYPES: Final = re.compile(rb"^content-(?:type|disposition)", re.M)
_COPIES: Final = frozenset({"message/rfc822", "message/rfc822-headers", "message/global"})
_HEADERS: Final = frozenset({"text/rfc822-headers", "message/global-headers"})
_REPORT: Final = re.compile(rb"message/((?:global-)?delivery-status)", re.I)
_STATUS: Final = frozenset({"text/x-delivery-status", "text/x-global-delivery-status"})
"""Reports, renamed so that the library leaves them as text instead of making a message of each block."""
_CHARSET: Final = re.compile(r"(?:us-)?ascii|utf-?8|(?:iso|windows|cp|koi8|euc|gb|big5|shift|ks_c)[-_a-z0-9]{0,20}", re.I)
"""Charsets of mails. Python knows more, but some take quadratic time (punycode) or are no charsets."""
_STYLE: Final = re.compile(r"<(?:style|script|head)\b", re.I)
_STYLE_END: Final = re.compile(r"</(?:style|script|head)\s{0,9}>", re.I)
_TAG: Final = re.compile(r"<[^<>]{1,1000}>")
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"()\[\]]{1,128}@[^\s<>,;:\"()\[\]]{1,255}")


def parse(raw: bytes) -> Message:
    """Parse a raw mail.

    Raises:
        ValueError: No report has this structure, and parsing it would take long.
    """
    raw = raw[:MOST_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip()  # the library ends lines at each of these
    raw = _without_mbox_lines(raw)
    small = raw.lower()
    if small.count(b"\n--") > _MOST_PARTS or small.count(b"message/rfc822") > _MOST_PARTS:
        raise ValueError("no report has that many parts")
    if small.count(b"boundary") > _MOST_NESTED:
        raise ValueError("no report is nested that deeply")
    if small.partition(b"\n\n")[0].count(b"\n") > _MOST_HEADER_LINES:
        raise ValueError("no report has that many headers")
    types = [_folded(small, found.start()) for found in _TYPES.finditer(small)]
    if sum(types) > _MOST_TYPES or max(types, default=0) > _MOST_FIELD:
        raise ValueError("no report has that many parameters")
    return email.message_from_bytes(_REPORT.sub(rb"text/x-\1", raw))


def parse_headers(raw: bytes) -> Message:
    """Parse the headers of a raw mail only."""
    return BytesHeaderParser().parsebytes(_without_mbox_lines(raw[:_MOST_HEADERS].lstrip()))


def own_parts(mail: Message) -> list[Message]:
    """The parts of a mail, without the parts of attached mails, which were written to somebody else."""
    parts, waiting = list[Message](), [mail]
    while waiting and len(parts) < _MOST_PARTS:
        part = waiting.pop()
        parts.append(part)
        if part.is_multipart() and part.get_content_maintype() != "message":
            waiting += reversed(_inner(part))
    return parts


def copies(parts: Iterable[Message]) -> Iterator[Message]:
    """The attached mails, or their headers."""
    for part in parts:
        kind = part.get_content_type()
        if kind in _HEADERS:
            yield email.message_from_string(payload(part))
        elif kind in _COPIES and part.is_multipart():
            yield from _inner(part)


def texts(parts: Iterable[Message]) -> list[str]:
    """The readable texts, by part. HTML is used only if there is no plain text."""
    plain = [payload(part) for part in parts if _is_text(part, "text/plain")]
    return (
        plain if any(text.strip() for text in plain) else [_without_tags(payload(p)) for p in parts if _is_text(p, "text/html")]
    )


def status_texts(parts: Iterable[Message]) -> list[str]:
    """The fields of the parts that are reports (RFC 3464, RFC 6533), as text: the library stops at the first other line."""
    return [payload(part) for part in parts if part.get_content_type() in _STATUS]


def payload(part: Message) -> str:
    """The beginning of a part's text."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    return _decoded(data[: 4 * _MOST_TEXT], part.get_content_charset())[:_MOST_TEXT].replace("\r\n", "\n")


def field(message: Message, name: str) -> str:
    """A header in one line, decoded (RFC 2047, RFC 6532); "" if it is missing."""
    raw = next((str(value) for other, value in message.raw_items() if other.lower() == name.lower()), "")[:_MOST_FIELD]
    value = raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if "=?" in value:
        value = "".join(_decoded(text, charset) for text, charset in decode_header(value))
    return " ".join(value.split())


def addresses(message: Message, names: Iterable[str]) -> list[str]:
    """The addresses in these headers."""
    values = [str(value) for name in names for value in message.get_all(name, [])[:MOST_ADDRESSES]]
    return [address for value in values for address in addresses_in(value)]


def addresses_in(text: str) -> list[str]:
    """The addresses in a text."""
    return [found[0] for found in islice(_ADDRESS.finditer(text[:_MOST_FIELD]), MOST_ADDRESSES)]


def _without_mbox_lines(raw: bytes) -> bytes:
    lines = _MBOX_LINES.match(raw)
    return raw[lines.end() :] if lines else raw


def _decoded(data: bytes | str, charset: str | None) -> str:
    if isinstance(data, str):
        return data
    try:
        return data.decode(charset if charset and _CHARSET.fullmatch(charset) else "utf-8", "replace")
    except (LookupError, UnicodeError):
        return data.decode("utf-8", "replace")


def _folded(raw: bytes, at: int) -> int:
    """The length of the header that begins there, with its continuation lines."""
    end = raw.find(b"\n", at)
    while end >= 0 and raw[end + 1 : end + 2] in (b" ", b"\t"):
        end = raw.find(b"\n", end + 1)
    return (end if end >= 0 else len(raw)) - at


def _inner(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [one for one in inner if isinstance(one, Message)] if isinstance(inner, list) else []


def _is_text(part: Message, kind: str) -> bool:
    """Whether a part is such a text. A multipart without parts counts as plain text."""
    if part.is_multipart():
        return False
    return part.get_content_type() == kind or (kind == "text/plain" and part.get_content_maintype() == "multipart")


def _without_tags(text: str) -> str:
    kept, at = list[str](), 0
    while found := _STYLE.search(text, at):
        kept.append(text[at : found.start()])
        end = _STYLE_END.search(text, found.end())
        at = end.end() if end else len(text)
    return html.unescape(_TAG.sub(" ", "".join([*kept, text[at:]])))
