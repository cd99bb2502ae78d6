"""A mail's form on the wire (RFC 5322, MIME). It is built once; only a ``To:`` header is added in front later.

It is ASCII in short lines, none of which ends with a blank or starts with ``From``, so that no mail server re-encodes it: that
would break its signature (DKIM, RFC 6376).

It is built by hand, because ``EmailMessage`` parses every header again, and takes ten times as long.
"""

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from notifications.links import Links
from notifications.mail.content import Calendar, MailBrand, RenderedMail
from notifications.mail.headers import field, header_text, mailbox, wire_address, words
from notifications.mail.message import Message

LONGEST_SUBJECT: Final = 200
LONGEST_CORRELATION_ID: Final = 200

_BREAK: Final = re.compile(r"\r\n?")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))
_LINE_FROM: Final = re.compile(rb"^From ", re.MULTILINE)
_LAST_BLANK: Final = re.compile(rb"^(.{74,75})(=20|=09)$", re.MULTILINE)


class Mime:
    """Builds the mails of one sender."""

    def __init__(self, links: Links, mail_from: str) -> None:
        """``mail_from``: ``desk@example.org`` or ``Opportunity Desk <desk@example.org>``.

        Raises:
            ValueError: it is not an address, or its local part is not ASCII, which only some mail servers accept.
        """
        name, address = parseaddr(mail_from)
        sender = wire_address(address)
        if not sender.isascii():
            raise ValueError("the sender's address must be ASCII before its @, as some mail servers accept no other")
        self._links = links
        self.organizer: Final = (name, sender)
        """Name and address of the sender, who is also the organizer of appointments."""
        self.domain: Final = sender.rpartition("@")[2].lower()
        # The sender's id in Feedback-ID: Gmail allows 5 to 15 characters.
        self._sender_id = sha256(self.domain.encode()).hexdigest()[:12]

    def envelope_sender(self, token: str) -> str:
        """The envelope sender of the message with this token, to which it comes back if it cannot be delivered."""
        return self._links.envelope_sender(token) or self.organizer[1]

    def build(
        self,
        message: Message,
        token: str,
        rendered: RenderedMail,
        language: str,
        now: datetime,
        brand: MailBrand | None = None,
    ) -> bytes:
        """The mail with all headers but ``To:`` (see ``with_recipient``).

        ``token`` is the message's, so its Message-ID is always the same. ``language`` is a tag of RFC 5646.
        """
        head = b"".join(field(name, value) for name, value in self._fields(message, token, rendered, language, now, brand))
        return head + _body(rendered, token)

    def _fields(
        self, message: Message, token: str, rendered: RenderedMail, language: str, now: datetime, brand: MailBrand | None
    ) -> Iterator[tuple[str, str]]:
        kind = message.kind
        name, address = self.organizer
        # Never another address: only for ours do SPF, DKIM and DMARC say that we may send.
        yield "From", mailbox("From", (brand and brand.sender) or name, address)
        if brand and brand.reply_to:
            yield "Reply-To", mailbox("Reply-To", brand.sender or brand.name, brand.reply_to)
        yield "Subject", words("Subject", header_text(rendered.subject, LONGEST_SUBJECT))
        yield "Date", format_datetime(now.astimezone(UTC))
        yield "Message-ID", f"<{token}@{self.domain}>"
        if message.about:
            # Groups the mails about one application. No mail has this id, so none is a reply to another.
            thread = sha256(message.about.encode("utf-8", "replace")).hexdigest()[:32]
            yield "References", f"<thread-{thread}@{self.domain}>"
        if kind.optional:
            # Only on optional mails: a mail program shows a button for it.
            yield "List-Id", f"<{kind.category}.{self.domain}>"  # RFC 2919
            yield "List-Unsubscribe", self._unsubscribe(message.recipient)  # RFC 2369
            yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"  # RFC 8058
        yield "Auto-Submitted", "auto-generated"  # RFC 3834
        # Asks Exchange for no automatic replies. Not "All", as its delivery reports (NDR) are wanted.
        yield "X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"
        yield "Feedback-ID", f"{kind.name}:{kind.category}:{kind.role}:{self._sender_id}"  # complaints at Gmail
        yield "X-Correlation-ID", re.sub(r"[^!-~]", "?", message.correlation_id[:LONGEST_CORRELATION_ID])
        yield "Content-Language", language
        yield "MIME-Version", "1.0"

    def _unsubscribe(self, person_id: str) -> str:
        ways = [f"<{quote(self._links.unsubscribe(person_id), safe=_ASCII)}>"]
        if address := self._links.unsubscribe_address(person_id):
            ways.append(f"<mailto:{quote(address, safe='@+')}?subject=unsubscribe>")
        return ", ".join(ways)


def with_recipient(mail: bytes, name: str, email: str) -> bytes:
    """The mail with its ``To:`` header. A local part that is not ASCII is written in UTF-8, which needs SMTPUTF8 (RFC 6531).

    Raises:
        ValueError: no mail can be sent to this address.
    """
    return field("To", mailbox("To", name, email)) + mail


def _body(rendered: RenderedMail, token: str) -> bytes:
    """The alternatives, the plainest first (RFC 2046, 5.1.4). Boundaries contain ``=_``, which no encoded text does."""
    texts = [_text("plain", rendered.text), _text("html", rendered.html)]
    if rendered.calendar is None:
        return _multipart("alternative", f"=_a{token}", texts)
    # Gmail and Outlook show buttons for the alternative, other programs offer the file (RFC 6047).
    texts.append(_text("calendar", rendered.calendar.data.decode(), f"; method={rendered.calendar.method}"))
    return _multipart("mixed", f"=_m{token}", [_multipart("alternative", f"=_a{token}", texts), _file(rendered.calendar)])


def _multipart(subtype: str, boundary: str, parts: list[bytes]) -> bytes:
    head = field("Content-Type", f'multipart/{subtype}; boundary="{boundary}"')
    delimiter = f"\r\n--{boundary}".encode()
    return head + b"".join(delimiter + b"\r\n" + part for part in parts) + delimiter + b"--\r\n"


def _text(subtype: str, text: str, parameters: str = "") -> bytes:
    return (
        field("Content-Type", f"text/{subtype}; charset=utf-8{parameters}")
        + field("Content-Transfer-Encoding", "quoted-printable")
        + b"\r\n"
        + _quoted_printable(text)
    )


def _file(calendar: Calendar) -> bytes:
    return (
        field("Content-Type", 'application/ics; name="invite.ics"')
        + field("Content-Transfer-Encoding", "base64")
        + field("Content-Disposition", 'attachment; filename="invite.ics"')
        + b"\r\n"
        + encodebytes(calendar.data).replace(b"\n", b"\r\n")
    )


def _quoted_printable(text: str) -> bytes:
    """The text without control characters, in lines of at most 76 octets (RFC 2045, 6.7)."""
    data = _CONTROL.sub("", _BREAK.sub("\n", text)).encode("utf-8", "replace")
    # b2a_qp makes a line too long if it must encode the blank at its end.
    lines = _LAST_BLANK.sub(rb"\1=\n\2", b2a_qp(data, istext=True))
    # Programs that store mails in one file put ">" before a line that starts with From, which breaks a signature.
    return _LINE_FROM.sub(b"=46=\nrom ", lines).replace(b"\n", b"\r\n")
