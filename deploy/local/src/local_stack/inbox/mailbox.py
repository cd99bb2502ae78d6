"""Mails on disk in the Maildir format, and an index of them in memory.

The mails are untrusted input: headers, charsets and MIME structure may be malformed.
"""

import email
import itertools
import os
import re
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from pathlib import Path

# The list shows only headers within the first bytes of a mail.
_HEADERS_LIMIT_BYTES = 65_536
# The envelope is written above a mail's own headers, as delivery agents do. It has all recipients, even of a blind copy.
_SENDER, _RECIPIENT = "Return-Path", "Delivered-To"


@dataclass(frozen=True)
class Summary:
    """What the list shows of a mail. `sender` and `recipients` are from the envelope."""

    id: str
    received: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    correlation_id: str
    size: int


@dataclass(frozen=True)
class Attachment:
    """A part of a mail other than its text and its HTML."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """A mail, parsed for reading."""

    summary: Summary
    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    attachments: tuple[Attachment, ...]


class Mailbox:
    """The mails in a directory. Only one instance may deliver to it at a time, because the index is in memory."""

    def __init__(self, directory: Path) -> None:
        for part in ("tmp", "new", "cur"):
            (directory / part).mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._counter = itertools.count()
        # Oldest first: names begin with the time of delivery.
        paths = sorted((path for part in ("new", "cur") for path in (directory / part).iterdir()), key=_name)
        self._paths = {path.name: path for path in paths}
        self._summaries = [_summarize(path) for path in paths]
        self._summaries_by_id = {summary.id: summary for summary in self._summaries}

    def deliver(self, sender: str, recipients: Iterable[str], content: bytes) -> Summary:
        """Store a mail. It is safe on disk when this returns."""
        seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
        name = f"{seconds}.M{microseconds:06}P{os.getpid()}Q{next(self._counter)}.{socket.gethostname()}"
        envelope = [f"{_SENDER}: <{sender}>", *(f"{_RECIPIENT}: {recipient}" for recipient in recipients)]
        partial, path = self._directory / "tmp" / name, self._directory / "new" / name
        partial.write_bytes("\r\n".join([*envelope, ""]).encode("utf-8", "replace") + content)
        partial.replace(path)
        self._paths[name] = path
        self._summaries.append(summary := _summarize(path))
        self._summaries_by_id[name] = summary
        return summary

    def find(self, recipient: str = "") -> Sequence[Summary]:
        """The mails to addresses that contain `recipient`, ignoring case, oldest first."""
        if not recipient:
            return self._summaries
        wanted = recipient.casefold().strip()
        return [s for s in self._summaries if any(wanted in r.casefold() for r in s.recipients)]

    def source(self, mail_id: str) -> bytes:
        """The mail as it was received, below its envelope. Raises `KeyError` for an unknown id."""
        return self._paths[mail_id].read_bytes()

    def read(self, mail_id: str) -> Mail:
        """Read a mail. Raises `KeyError` for an unknown id."""
        source = self.source(mail_id)
        headers = tuple((name, _decode(value)) for name, value in _headers(source).items())
        try:
            leaves = [part for part in email.message_from_bytes(source).walk() if not part.is_multipart()]
        except RecursionError:  # thousands of nested parts: only the source can be shown
            leaves = []
        shown = [part for part in leaves if part.get_content_disposition() != "attachment"]
        text, html = (
            next((part for part in shown if part.get_content_type() == content_type), None)
            for content_type in ("text/plain", "text/html")
        )
        return Mail(
            summary=self._summaries_by_id[mail_id],
            headers=headers,
            text=None if text is None else _text(text),
            html=None if html is None else _text(html),
            attachments=tuple(_attachment(part) for part in leaves if part is not text and part is not html),
        )


def _name(path: Path) -> str:
    return path.name


def _summarize(path: Path) -> Summary:
    with path.open("rb") as file:
        headers = _headers(file.read(_HEADERS_LIMIT_BYTES))
        size = os.fstat(file.fileno()).st_size
    # Only the first headers are the envelope. A mail's own headers may have the same names.
    envelope = itertools.takewhile(lambda header: header[0] in (_SENDER, _RECIPIENT), headers.items())
    named = re.match(r"(\d{1,11})\.M(\d{6})P", path.name)
    return Summary(
        id=path.name,
        received=datetime.fromtimestamp(float(f"{named[1]}.{named[2]}") if named else path.stat().st_mtime, UTC),
        sender=_decode(headers.get(_SENDER, "")).strip("<>"),
        recipients=tuple(_decode(value) for name, value in envelope if name == _RECIPIENT),
        subject=_decode(headers.get("Subject", "")),
        message_id=_decode(headers.get("Message-ID", "")),
        correlation_id=_decode(headers.get("X-Correlation-ID", "")),
        size=size,
    )


def _headers(source: bytes) -> Message:
    # As text, because headers may be UTF-8; and by the lenient, quick parser, because a start may read thousands.
    return email.message_from_string(source.partition(b"\r\n\r\n")[0].decode("utf-8", "replace"))


def _decode(header: object) -> str:
    """A header with its encoded words decoded; unchanged if that fails."""
    raw = str(header).replace("\r", "").replace("\n", "")
    try:
        return "".join(
            _valid(part.decode(charset or "utf-8", "replace")) if isinstance(part, bytes) else part
            for part, charset in decode_header(raw)
        )
    except (LookupError, ValueError):
        return raw


def _text(part: Message) -> str:
    try:
        return _valid(_content(part).decode(part.get_content_charset("utf-8"), "replace"))
    except (LookupError, ValueError):
        return _content(part).decode("utf-8", "replace")


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _attachment(part: Message) -> Attachment:
    return Attachment(_valid(part.get_filename() or "unnamed"), part.get_content_type(), _content(part))


def _valid(text: str) -> str:
    """The text without lone surrogates, which some charsets can produce and UTF-8 cannot encode."""
    return text.encode("utf-8", "replace").decode()
