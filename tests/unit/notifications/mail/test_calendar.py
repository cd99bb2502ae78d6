"""Invitations as calendars read them."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar as Object

from notifications.mail.calendar import invitation
from notifications.mail.content import MailContent
from notifications.mail.headers import header_text
from notifications.mail_kinds import KINDS
from shared.wording.dates import Meeting

NOW = datetime(2024, 7, 8, 12, tzinfo=UTC)
STARTS = datetime(2024, 7, 15, 14, tzinfo=timezone(timedelta(hours=2)))
MEETING = Meeting(STARTS, STARTS + timedelta(minutes=45), "Room 1", "https://meet.example.org/a?b=c;d,e")
INTERVIEW = MailContent(meeting=MEETING, uid="interview-1", sequence=2)
PLACEMENT = MailContent(starts=date(2024, 9, 2), ends=date(2024, 11, 29), uid="placement-1")


def written(kind: str, content: MailContent, **values: Any) -> bytes:
    given: dict[str, Any] = {"summary": "Interview", "description": "With Solar Lab", "now": NOW}
    given |= {"organizer": ("Opportunity Desk", "desk@example.org"), "mailbox": ("Ada", "ada@example.org")} | values
    calendar = invitation(KINDS[kind], content, **given)
    assert calendar
    assert calendar.method == KINDS[kind].calendar
    return calendar.data


def event(data: bytes) -> Any:
    parsed = Object.from_ical(data)
    (found,) = parsed.walk("VEVENT")
    assert not parsed.errors
    assert not found.errors
    return found


def test_an_invitation_says_when_in_utc_where_and_who() -> None:
    calendar = Object.from_ical(written("interview", INTERVIEW))
    assert (calendar["version"], calendar["method"]) == ("2.0", "REQUEST")
    found = event(written("interview", INTERVIEW))
    assert found.decoded("dtstart") == datetime(2024, 7, 15, 12, tzinfo=UTC)
    assert found.decoded("dtend") == datetime(2024, 7, 15, 12, 45, tzinfo=UTC)
    assert found.decoded("dtstamp") == NOW
    assert b"DTSTART:20240715T120000Z\r\n" in written("interview", INTERVIEW)
    assert (found["uid"], found["sequence"], found["status"], found["transp"]) == ("interview-1", 2, "CONFIRMED", "OPAQUE")
    assert (found["summary"], found["description"], found["location"]) == ("Interview", "With Solar Lab", "Room 1")
    assert found["url"] == "https://meet.example.org/a?b=c;d,e"
    assert found["organizer"] == "mailto:desk@example.org"
    assert found["organizer"].params["CN"] == "Opportunity Desk"
    assert found["attendee"] == "mailto:ada@example.org"
    assert {name: found["attendee"].params[name] for name in ("CN", "PARTSTAT", "RSVP")} == {
        "CN": "Ada",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
    }


def test_a_cancellation_names_the_same_date_with_a_higher_sequence() -> None:
    asked, cancelled = (
        event(written(kind, replace(INTERVIEW, sequence=sequence)))
        for kind, sequence in (("interview", 2), ("interview_cancelled", 3))
    )
    assert cancelled["uid"] == asked["uid"]
    assert cancelled["sequence"] > asked["sequence"]
    assert cancelled["status"] == "CANCELLED"
    assert cancelled["attendee"] == asked["attendee"]
    assert cancelled["attendee"].params["RSVP"] == "FALSE"
    assert b"METHOD:CANCEL\r\n" in written("interview_cancelled", INTERVIEW)


def test_an_appointment_can_be_cancelled_when_its_date_is_no_longer_known() -> None:
    found = event(written("placement_cancelled", replace(PLACEMENT, starts=None, ends=None)))
    assert "dtstart" not in found
    assert (found["uid"], found["status"]) == ("placement-1", "CANCELLED")


@pytest.mark.parametrize(
    ("starts", "ends", "until"),
    [
        (date(2024, 9, 2), date(2024, 11, 29), date(2024, 11, 30)),
        (date(2024, 9, 2), None, date(2024, 9, 3)),
        (date(2024, 9, 2), date(2024, 9, 2), date(2024, 9, 3)),
        (date(2024, 9, 2), date(2024, 8, 1), date(2024, 9, 3)),
        (date(2024, 12, 31), None, date(2025, 1, 1)),
    ],
)
def test_a_placement_takes_whole_days_and_its_last_one_is_part_of_it(starts: date, ends: date | None, until: date) -> None:
    data = written("placement_confirmed", replace(PLACEMENT, starts=starts, ends=ends))
    found = event(data)
    assert (found.decoded("dtstart"), found.decoded("dtend")) == (starts, until)
    assert f"DTSTART;VALUE=DATE:{starts:%Y%m%d}\r\n".encode() in data
    assert found["transp"] == "TRANSPARENT"
    assert found["attendee"].params["PARTSTAT"] == "ACCEPTED"


def test_a_meeting_that_ends_before_it_starts_has_no_end() -> None:
    found = event(written("interview", replace(INTERVIEW, meeting=replace(MEETING, ends=STARTS - timedelta(hours=1)))))
    assert "dtend" not in found
    assert found.decoded("dtstart") == STARTS


@pytest.mark.parametrize(
    ("kind", "content"),
    [("offer", INTERVIEW), ("interview", MailContent(uid="x")), ("placement_confirmed", MailContent(uid="x"))],
)
def test_without_a_date_there_is_nothing_to_invite_to(kind: str, content: MailContent) -> None:
    assert invitation(KINDS[kind], content, "", "", ("", "desk@example.org"), ("", "ada@example.org"), NOW) is None


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "https://a.example/\r\nATTACH:x", "file:///etc/passwd", "https://a b"]
)
def test_only_addresses_of_the_web_are_linked(url: str) -> None:
    assert "url" not in event(written("interview", replace(INTERVIEW, meeting=replace(MEETING, url=url))))


def test_an_address_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        written("interview", INTERVIEW, mailbox=("Ada", "ada\r\nATTACH:x@example.org"))


HOSTILE = [
    "a\r\nATTENDEE:mailto:eve@example.org",
    "a\nEND:VEVENT\nBEGIN:VEVENT",
    'q"uo;te:d,\\n',
    "\x00\x07\ud800\u202egnp.exe",
    "ü" * 500,
    "^n^'^^",
    "a\u2028b\u0085c",
]


@pytest.mark.parametrize("evil", HOSTILE)
def test_no_text_adds_a_line(evil: str) -> None:
    meeting = replace(MEETING, place=evil)
    data = written(
        "interview",
        replace(INTERVIEW, uid=evil, meeting=meeting),
        summary=evil,
        description=evil,
        mailbox=(evil, "a@example.org"),
    )
    lines = data.decode().replace("\r\n ", "").split("\r\n")
    names = {line.split(":")[0].split(";")[0] for line in lines}
    assert names == {
        *("BEGIN", "END", "PRODID", "VERSION", "CALSCALE", "METHOD", "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND"),
        *("SUMMARY", "DESCRIPTION", "LOCATION", "URL", "STATUS", "TRANSP", "ORGANIZER", "ATTENDEE", ""),
    }
    assert lines.count("BEGIN:VEVENT") == 1
    assert event(data)["attendee"] == "mailto:a@example.org"


@given(st.text(), st.text(max_size=300), st.text())
@example("", "", "\\")
@example("Day\\Night", "\\N", "")
def test_any_text_is_read_back_in_short_lines(summary: str, place: str, name: str) -> None:
    meeting = replace(MEETING, place=place)
    data = written("interview", replace(INTERVIEW, meeting=meeting), summary=summary, mailbox=(name, "ada@example.org"))
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert not re.search(rb"[\r\n]", data.replace(b"\r\n", b""))
    found = event(data)
    assert found["summary"] == header_text(summary, 200)
    assert found.get("location", "") == header_text(place, 200)
    assert found["attendee"].params.get("CN", "") == header_text(name, 100).replace('"', "'").replace("\\", "/")
