"""Mails on disk in the Maildir format, and an index of them in memory.

The mails are other people's input: nothing here trusts a header, a charset or a MIME structure to be well formed.
"""

import email
import email.policy
import itertools
import os
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header
from email.message import EmailMessage
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
        self._by_id = {summary.id: summary for summary in self._summaries}

    def deliver(self, sender: str, recipients: Iterable[str], content: bytes) -> Summary:
        """Keep a mail; it survives the end of this process once this returns."""
        now = time.time_ns()
        name = f"{now // 10**9}.M{now % 10**9:09}P{os.getpid()}Q{next(self._counter)}.{socket.gethostname()}"
        envelope = [f"{_SENDER}: <{sender}>", *(f"{_RECIPIENT}: {recipient}" for recipient in recipients)]
        partial, path = self._directory / "tmp" / name, self._directory / "new" / name
        partial.write_bytes("\r\n".join([*envelope, ""]).encode() + content)
        partial.replace(path)
        self._paths[name] = path
        self._summaries.append(summary := _summarize(path))
        self._by_id[name] = summary
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
        message = email.message_from_bytes(self.source(mail_id), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        text, html = (_first_text(message, subtype) for subtype in ("plain", "html"))
        return Mail(
            summary=self._by_id[mail_id],
            headers=tuple((name, _decode(str(value))) for name, value in message.raw_items()),
            text=text,
            html=html,
            attachments=tuple(_attachments(message)),
        )


def _name(path: Path) -> str:
    return path.name


def _summarize(path: Path) -> Summary:
    with path.open("rb") as file:
        head = file.read(_HEADERS_LIMIT_BYTES)
        size = os.fstat(file.fileno()).st_size
    # The lenient, quick parser: thousands of mails are summarized when the inbox starts.
    message = email.message_from_bytes(head.partition(b"\r\n\r\n")[0], policy=email.policy.compat32)
    envelope = [(name, _decode(value)) for name, value in message.items()]
    recipients = itertools.takewhile(lambda header: header[0] in (_SENDER, _RECIPIENT), envelope)
    seconds = path.name.partition(".")[0]
    return Summary(
        id=path.name,
        received=datetime.fromtimestamp(int(seconds) if seconds.isdigit() else path.stat().st_mtime, UTC),
        sender=_decode(message.get(_SENDER, "")).strip("<>"),
        recipients=tuple(value for name, value in recipients if name == _RECIPIENT),
        subject=_decode(message.get("Subject", "")),
        message_id=_decode(message.get("Message-ID", "")),
        correlation_id=_decode(message.get("X-Correlation-ID", "")),
        size=size,
    )


def _decode(header: object) -> str:
    """A header's text, its encoded words decoded; what cannot be decoded is shown as it is."""
    raw = str(header).replace("\r", "").replace("\n", "")
    try:
        return "".join(
            part.decode(charset or "ascii", "replace") if isinstance(part, bytes) else part
            for part, charset in decode_header(raw)
        )
    except (LookupError, ValueError):
        return raw


def _first_text(message: EmailMessage, subtype: str) -> str | None:
    part = message.get_body(preferencelist=(subtype,))
    if not isinstance(part, EmailMessage) or part.get_content_subtype() != subtype:
        return None
    return _text(part)


def _text(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    raw = content if isinstance(content, bytes) else b""
    try:
        return raw.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


def _attachments(message: EmailMessage) -> Iterable[Attachment]:
    bodies = [message.get_body(preferencelist=(subtype,)) for subtype in ("plain", "html")]
    leaves = [part for part in message.walk() if not part.is_multipart() and part not in bodies]
    for number, part in enumerate(leaves, start=1):
        content = part.get_payload(decode=True)
        yield Attachment(
            name=part.get_filename() or f"part-{number}",
            content_type=part.get_content_type(),
            content=content if isinstance(content, bytes) else b"",
        )
