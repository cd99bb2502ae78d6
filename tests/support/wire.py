"""A mail as it goes over the wire, and as a mail program reads it."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from pydantic import SecretStr

from notifications.links import Links
from notifications.mail.content import Calendar, RenderedMail
from notifications.mail.message import Message
from notifications.mail.mime import Mime, with_recipient
from notifications.mail_kinds import KINDS

NOW = datetime(2024, 7, 8, 12, tzinfo=UTC)
ADA = "0123456789abcdef" * 2
TOKEN = "f" * 32
KEY = SecretStr("0123456789abcdef")
LINKS = Links("https://desk.example.org", KEY, "bounces@example.org")
MIME = Mime(LINKS, "Opportunity Desk <desk@example.org>")
CONTENT = RenderedMail("Solar flares", "Hello Ada,\n\nfrom us.\n", '<html lang="en"><p>Hello Ada</p></html>\n')
ICS = Calendar("REQUEST", "BEGIN:VCALENDAR\r\nSUMMARY:Größe\r\nEND:VCALENDAR\r\n".encode())


def message(kind: str = "matches", **values: Any) -> Message:
    return replace(Message("m", KINDS[kind], ADA, "e1", "c-1", NOW, NOW, NOW + timedelta(days=1)), **values)


DIGEST = message()


def wire(
    message: Message = DIGEST,
    rendered: RenderedMail = CONTENT,
    name: str = "Ada",
    email: str = "ada@example.org",
    mime: Mime = MIME,
) -> bytes:
    return with_recipient(mime.build(message, TOKEN, rendered, "en", NOW), name, email)


def parsed(data: bytes) -> EmailMessage:
    # As text: the standard library's parser of bytes does not read headers in UTF-8 (RFC 6532).
    mail = email.message_from_string(data.decode(), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert not [defect for part in mail.walk() for defect in part.defects]
    return mail


def recipient(data: bytes) -> tuple[str, str]:
    """Name and address, by the standard library's older parser: the newer one has blanks between encoded words of a name in 3.11."""
    name, address = parseaddr(str(email.message_from_string(data.decode(), policy=email.policy.compat32)["To"]))
    assert [one.addr_spec for one in parsed(data)["To"].addresses] == [address]
    return str(make_header(decode_header(name))), address


def lines_of_head(data: bytes) -> list[str]:
    return data.partition(b"\r\n\r\n")[0].decode().split("\r\n")


def assert_fit_for_the_wire(data: bytes) -> None:
    """Nothing that a mail server would have to change (RFC 5322, RFC 5321), so that signatures hold."""
    data.decode("ascii")
    lines = data.split(b"\r\n")
    head, body = lines[: lines.index(b"")], lines[lines.index(b"") :]
    assert all(len(line) <= 998 for line in head)
    assert all(len(line) <= 76 for line in body)
    for line in lines:
        assert b"\r" not in line
        assert b"\n" not in line
        assert line == line.rstrip()
        assert not line.startswith(b"From ")
        assert b"\0" not in line
    assert data.endswith(b"\r\n")
