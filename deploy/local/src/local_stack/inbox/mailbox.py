"""Mails on disk in the Maildir format, and an index of them in memory.

The mails are other people's input: nothing here trusts a header, a charset or a MIME structure to be well formed.
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

# Mails longer than this are listed by the headers found up to here.
_HEADERS_LIMIT_BYTES = 65_536
# The envelope, written above a mail's own headers as delivery agents do: it knows the recipients even of a blind copy.
_SENDER, _RECIPIENT = "Return-Path", "Delivered-To"


@dataclass(frozen=True)
class Summary:
    """What the list shows of one mail. `sender` and `recipients` are those of the envelope."""

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
    """A part of a mail that is neither its text nor its HTML."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One mail, taken apart for reading."""

    summary: Summary
    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    attachments: tuple[Attachment, ...]


class Mailbox:
    """The mails below one directory. Deliver only through one instance at a time: the index lives in memory."""

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
        """Keep a mail; it survives the end of this process once this returns."""
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
        """The mails to addresses that contain `recipient` (case does not matter), oldest first."""
        if not recipient:
            return self._summaries
        wanted = recipient.casefold().strip()
        return [s for s in self._summaries if any(wanted in r.casefold() for r in s.recipients)]

    def source(self, mail_id: str) -> bytes:
        """The mail as it came in, below its envelope. Raises `KeyError` for an unknown id."""
        return self._paths[mail_id].read_bytes()

    def read(self, mail_id: str) -> Mail:
        """One mail. Raises `KeyError` for an unknown id."""
        source = self.source(mail_id)
        headers = tuple((name, _decode(value)) for name, value in _headers(source).items())
        try:
            leaves = [part for part in email.message_from_bytes(source).walk() if not part.is_multipart()]
        except RecursionError:  # thousands of parts inside each other: only its source can be shown
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
    # Only what stands on top is the envelope; further down anybody may have written the same names.
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
    # As text, since headers may be UTF-8; and by the lenient, quick parser, since a start may summarize thousands.
    return email.message_from_string(source.partition(b"\r\n\r\n")[0].decode("utf-8", "replace"))


def _decode(header: object) -> str:
    """A header's text, its encoded words decoded; what cannot be decoded is shown as it is."""
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
    """Without lone surrogates, which some charsets can smuggle in and which no answer could carry."""
    return text.encode("utf-8", "replace").decode()
