"""The parts of a mail and their texts: everything arrives as it was written."""

from base64 import b64decode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar as Object

from notifications.mail.content import RenderedMail
from notifications.mail.headers import header_text
from notifications.mail.samples import samples
from support.mails import Mails
from support.wire import CONTENT, ICS, NOW, TOKEN, assert_fit_for_the_wire, message, parsed, recipient, wire
from support.worst_mails import worst_samples


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
