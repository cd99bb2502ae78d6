"""Mails as mail servers and mail programs get them."""

import email
import email.policy
import re
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar as Object
from pydantic import SecretStr

from notifications.links import Links
from notifications.mail.content import Calendar, RenderedMail
from notifications.mail.headers import field, header_text
from notifications.mail.message import Message
from notifications.mail.mime import Mime, with_recipient
from notifications.mail.samples import samples
from notifications.mail_kinds import KINDS
from support.mails import Mails
from support.worst_mails import worst_samples

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


# What stands in the headers


def test_headers_of_a_mail_that_can_be_switched_off() -> None:
    unsubscribe = f"<{LINKS.unsubscribe(ADA)}>, <mailto:{LINKS.unsubscribe_address(ADA)}?subject=unsubscribe>"
    headers = dict(parsed(wire()).items())
    assert re.fullmatch(r"matches:digest:attendee:[0-9a-f]{12}", headers.pop("Feedback-ID"))
    assert headers.pop("Content-Type").startswith("multipart/alternative")
    assert headers == {
        "To": "Ada <ada@example.org>",
        "From": "Opportunity Desk <desk@example.org>",
        "Subject": "Solar flares",
        "Date": "Mon, 08 Jul 2024 12:00:00 +0000",
        "Message-ID": f"<{TOKEN}@example.org>",
        "List-Id": "<digest.example.org>",
        "List-Unsubscribe": unsubscribe,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
        "X-Correlation-ID": "c-1",
        "Content-Language": "en",
        "MIME-Version": "1.0",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_each_header_is_there_once_and_only_what_can_be_switched_off_says_so(kind: str) -> None:
    mail = parsed(wire(message(kind, about="application/7")))
    assert len({name.lower() for name in mail}) == len(mail.keys())
    assert {name for name in mail if name.startswith("List-")} == (
        {"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"} if KINDS[kind].optional else set()
    )
    assert not {"Reply-To", "In-Reply-To", "Precedence", "Bcc", "Return-Path"} & set(mail)


def test_mails_about_the_same_lie_in_one_thread_and_answer_none_of_it() -> None:
    offer, reminder, other = (
        parsed(wire(message(kind, about=about)))
        for kind, about in (("offer", "application/1"), ("offer_reminder", "application/1"), ("offer", "application/2"))
    )
    assert offer["References"] == reminder["References"] != other["References"]
    assert re.fullmatch(r"<thread-[0-9a-f]{32}@example\.org>", offer["References"])
    assert offer["References"] != offer["Message-ID"]
    assert parsed(wire())["References"] is None


def test_built_again_it_is_the_same_but_for_its_date() -> None:
    again = with_recipient(MIME.build(message(), TOKEN, CONTENT, "en", NOW + timedelta(days=1)), "Ada", "ada@example.org")
    assert again != wire()
    assert again.replace(b"Tue, 09 Jul", b"Mon, 08 Jul") == wire()
    assert wire() == wire()
    local = NOW.astimezone(timezone(timedelta(hours=9)))
    assert with_recipient(MIME.build(message(), TOKEN, CONTENT, "en", local), "Ada", "ada@example.org") == wire()


def test_the_sender_may_have_an_international_domain_and_name() -> None:
    mail = parsed(wire(mime=Mime(LINKS, "Büro <desk@Bücher.example>")))
    (sender,) = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Büro", "desk@xn--bcher-kva.example")
    assert mail["Message-ID"] == f"<{TOKEN}@xn--bcher-kva.example>"


@pytest.mark.parametrize("sender", ["", "desk", "Desk <>", "büro@example.org"])
def test_a_sender_that_not_every_mail_server_takes_is_refused_at_the_start(sender: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Mime(LINKS, sender)


def test_bounces_go_to_the_address_for_them_and_without_one_to_the_sender() -> None:
    assert MIME.envelope_sender(TOKEN) == f"bounces+{TOKEN}@example.org"
    without = Mime(Links("https://desk.example.org", KEY, ""), "Desk <desk@example.org>")
    assert without.envelope_sender(TOKEN) == "desk@example.org"
    assert re.fullmatch(r"<https://[!-~]+>", parsed(wire(mime=without))["List-Unsubscribe"])


# How headers are folded


def test_a_long_link_stays_whole() -> None:
    """Python's own policies make an encoded word of it, which no mail program follows."""
    links = Links("https://desk.example.org/" + "long-path/" * 20, KEY, "bounces@example.org")
    head = lines_of_head(wire(message(correlation_id="c" * 200), mime=Mime(links, "desk@example.org")))
    assert f"List-Unsubscribe: <{links.unsubscribe(ADA)}>," in head
    assert f" <mailto:{links.unsubscribe_address(ADA)}?subject=unsubscribe>" in head
    assert "X-Correlation-ID: " + "c" * 200 in head
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head
    assert "=?" not in "".join(head)


def test_a_word_that_fits_in_no_line_is_refused() -> None:
    assert field("X", "y" * 995) == b"X: " + b"y" * 995 + b"\r\n"
    for words in ("y" * 996, "a " + "y" * 998, "a\nb", "a\rb"):
        with pytest.raises(ValueError, match=r"^X cannot be written"):
            field("X", words)


def test_without_an_address_to_unsubscribe_there_is_the_link_alone() -> None:
    head = lines_of_head(wire(message(recipient="a person's id that is far too long for an address " * 2)))
    (value,) = [line for line in head if line.startswith("List-Unsubscribe:")]
    assert re.fullmatch(r"List-Unsubscribe: <https://[!-~]+>", value)


def test_a_link_to_an_international_host_is_ascii() -> None:
    mail = parsed(wire(mime=Mime(Links("https://bücher.example", KEY, "b@example.org"), "desk@example.org")))
    assert mail["List-Unsubscribe"].startswith("<https://b%C3%BCcher.example/unsubscribe/")


def test_a_long_subject_is_folded_at_spaces_or_into_encoded_words() -> None:
    plain, encoded = "Solar flares and " * 10, "Überprüfung äöü 天文台 " * 8
    for subject in (plain, encoded):
        data = wire(rendered=replace(CONTENT, subject=subject))
        head = lines_of_head(data)
        assert all(len(line) <= 76 for line in head if line.startswith(("Subject", " =?", " Solar", " flares", " and")))
        assert all(len(word) <= 75 for line in head for word in line.split() if word.startswith("=?"))
        assert parsed(data)["Subject"] == subject.strip()
    assert sum("=?" in line for line in head) > 3


@pytest.mark.parametrize("text", ["=?utf-8?q?a=0D=0ABcc:_all@example.org?=", "a =?utf-8?b?eA==?= b", "=?"])
def test_what_looks_like_an_encoded_word_is_not_decoded(text: str) -> None:
    assert parsed(wire(rendered=replace(CONTENT, subject=text)))["Subject"] == text
    assert recipient(wire(name=text)) == (text, "ada@example.org")


# What strangers wrote

HOSTILE = [
    "x\r\nBcc: all@example.org",
    "x\nBcc: all@example.org",
    "x\rBcc: all@example.org",
    "x\r\n\r\nbody",
    "x\x00\x0b\u2028\u0085y\x1b[2J",
    "x" * 10_000,
    "x " * 5_000,
    "xü" * 5_000,
    "x\ud800y\udfff",
    "x\u202egnp.exe\u2066\u200b",
    'x" <eve@example.org>, "y',
    "x\\",
    "x, y; z: <w>(v)",
    "שלום x עולם",
    "x 👩‍👩‍👧 é é",
]


@pytest.mark.parametrize("evil", HOSTILE)
def test_no_text_adds_a_header_or_hides_something(evil: str) -> None:
    data = wire(message(correlation_id=evil, about=evil), replace(CONTENT, subject=evil), evil)
    mail = parsed(data)
    assert set(mail) == set(parsed(wire(message(about="x"))))
    name, address = recipient(data)
    assert (name, address) == (header_text(evil, 100), "ada@example.org")
    assert mail["Subject"] == header_text(evil, 200)
    assert not re.search("[\x00-\x1f\x7f\u2028\u202a-\u202e\u2066-\u2069\u200b\ud800-\udfff]", mail["Subject"] + name)
    assert len(mail["Subject"]) <= 200
    assert mail.get_content_type() == "multipart/alternative"
    assert_fit_for_the_wire(data)


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


@given(st.text(), st.text(), st.text(), st.text(), st.text(), st.text())
def test_any_text_arrives_as_it_was_written(
    subject: str, text: str, html: str, name: str, correlation_id: str, about: str
) -> None:
    data = wire(message(correlation_id=correlation_id, about=about), RenderedMail(subject, text, html), name)
    assert_fit_for_the_wire(data)
    mail = parsed(data)
    assert (mail["Subject"] or "") == header_text(subject, 200)
    assert recipient(data) == (header_text(name, 100), "ada@example.org")
    assert mail["Message-ID"] == f"<{TOKEN}@example.org>"
    assert set(mail) <= set(parsed(wire(message(about="x"))))
    for subtype, written in (("plain", text), ("html", html)):
        part = mail.get_body((subtype,))
        assert part
        assert part.get_payload(decode=True) == readable(written).encode()


@given(st.text(alphabet=" x\n\t=.ä", min_size=60, max_size=400))
def test_no_line_is_too_long_whatever_it_ends_with(text: str) -> None:
    data = wire(rendered=replace(CONTENT, text=text))
    assert_fit_for_the_wire(data)
    part = parsed(data).get_body(("plain",))
    assert part
    assert part.get_payload(decode=True) == readable(text).encode()


def readable(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    return "".join(character for character in lines if character in "\r\n\t" or not (character < " " or character == "\x7f"))


# Addresses


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("ada@example.org", ""),
        ("o'hara+x@example.org", 'Zoë "Z", <Bücher>'),
        ("o'hara+x@example.org", "O'Hara, Jr."),
        ("zoë@example.org", "Zoë"),
        ("a=?b@example.org", "A"),
        ("ada@localhost", "Ada"),
    ],
)
def test_names_and_addresses_arrive_as_they_are(address: str, name: str) -> None:
    data = wire(name=name, email=address)
    assert recipient(data) == (name, address)
    assert data.isascii() == address.isascii()


def test_an_international_domain_is_written_so_that_every_server_takes_it() -> None:
    assert wire(email="ada@straße.example").startswith(b"To: Ada <ada@xn--strae-oqa.example>\r\n")
    assert wire(email="zoë@straße.example").startswith("To: Ada <zoë@xn--strae-oqa.example>\r\n".encode())


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@exa\r\nBcc: x@example.org",
            "a\nda@example.org",
            "a b@example.org",
            "a@b@example.org",
        ),
        *(
            "<ada@example.org>",
            "ada@example.org>",
            "a,b@example.org",
            ".a@example.org",
            "a..b@example.org",
            "ada@.org",
            "ada@-.org",
        ),
        *(
            "ada@a\u202eb.org",
            "a\u2028b@example.org",
            "\ud800@example.org",
            "ada@\ud800.org",
            "ada@\u00ad.org",
            "ü" * 33 + "@example.org",
        ),
        *("ada@" + "x" * 64 + ".org", "ada@" + "x.yz" * 70, "ada@[127.0.0.1]", '"a b"@example.org'),
    ],
)
def test_an_address_that_cannot_be_written_is_refused_and_not_quoted(address: str) -> None:
    with pytest.raises(ValueError, match=r"^the address has a (local part|domain)") as refused:
        wire(email=address)
    assert not address or address not in str(refused.value)


@given(st.text(), st.text())
def test_any_address_is_written_whole_or_refused(local: str, domain: str) -> None:
    try:
        data = wire(email=f"{local}@{domain}")
    except ValueError:
        return
    (mailbox,) = parsed(data)["To"].addresses
    assert mailbox.username == local
    assert mailbox.domain.isascii()
    assert set(parsed(data)) == set(parsed(wire()))


# The parts


def test_each_part_says_what_it_is_and_the_richest_comes_last() -> None:
    mail = parsed(wire())
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert all(part.get_content_charset() == "utf-8" for part in mail.iter_parts())


def test_an_invitation_is_there_for_its_buttons_and_as_a_file() -> None:
    mail = parsed(wire(message("interview"), replace(CONTENT, calendar=ICS)))
    assert [part.get_content_type() for part in mail.walk()] == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics")
    ]
    *_, inline, file = mail.walk()
    assert inline["Content-Type"].params == {"charset": "utf-8", "method": "REQUEST"}
    assert inline.get_content_disposition() is None
    assert file.get_filename() == "invite.ics"
    assert file.get_content_disposition() == "attachment"
    assert inline.get_payload(decode=True) == file.get_payload(decode=True) == ICS.data
    assert b64decode(str(file.get_payload())) == ICS.data
    assert_fit_for_the_wire(wire(message("interview"), replace(CONTENT, calendar=ICS)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        ".",
        ".\n..\n",
        "From us\nFrom you",
        "a \nb\t\n",
        "x" * 2000,
        "ü" * 2000,
        ("x" * 75 + "From ") * 3,
        "-- \n",
        "x" * 74 + " \n" + "x" * 75 + "\t\n" + "x" * 75 + "\t",
        "=",
        "=_a" + TOKEN,
    ],
)
def test_what_mail_servers_treat_specially_arrives_as_it_was_written(text: str) -> None:
    data = wire(rendered=replace(CONTENT, text=text))
    part = parsed(data).get_body(("plain",))
    assert part
    assert part.get_payload(decode=True) == text.replace("\n", "\r\n").encode()
    assert_fit_for_the_wire(data)


# Whole mails

MAILS = Mails()


def test_every_kind_of_mail_is_fit_for_the_wire(subtests: pytest.Subtests) -> None:
    for sample in (*samples(), *worst_samples()):
        with subtests.test(sample.name):
            data = MAILS.write(sample, NOW)
            assert_fit_for_the_wire(data)
            mail = parsed(data)
            assert mail["Content-Language"] == sample.reader.language
            assert ("List-Unsubscribe" in mail) == sample.kind.optional
            calendars = [part for part in mail.walk() if part.get_content_type() in ("text/calendar", "application/ics")]
            dated = sample.content.meeting or sample.content.starts or sample.kind.calendar == "CANCEL"
            assert len(calendars) == (2 if sample.kind.calendar and dated else 0)
            for part in calendars:
                calendar = Object.from_ical(part.get_content())
                (event,) = calendar.walk("VEVENT")
                assert calendar["method"] == sample.kind.calendar
                assert event["uid"] == "application-a1@example.org"
                assert event["sequence"] == sample.content.sequence
                assert event["attendee"] == "mailto:ada@example.org"
