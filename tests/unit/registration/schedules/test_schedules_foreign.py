"""Schedules as sites publish them that are not pretalx: lists under other names, Sessionize's views, calendars in disorder."""

import json
from datetime import date
from typing import Any

import pytest

from registration.schedules.fields import Unreadable
from registration.schedules.formats import read
from registration.schedules.schedule import Schedule

DAY = date(2026, 7, 8)
TALK: dict[str, Any] = {
    "id": "101",
    "title": "Arrays",
    "description": "All of them",
    "startsAt": "2026-07-08T09:00:00",
    "endsAt": "2026-07-08T09:45:00",
    "isServiceSession": False,
    "speakers": ["s1"],
    "roomId": 1,
}
CATEGORIES = [
    {"id": 1, "title": "Track", "items": [{"id": 20, "name": "Data"}, {"id": 21, "name": "Web"}]},
    {"id": 2, "title": "Session format", "items": [{"id": 30, "name": "45 minutes"}]},
]
NAMED = [
    {"id": 1, "name": "Track", "categoryItems": [{"id": 20, "name": "Data"}]},
    {"id": 2, "name": "Level", "categoryItems": [{"id": 40, "name": "Beginner"}]},
]
LUNCH = TALK | {"id": "lunch", "title": "Lunch", "isServiceSession": True, "speakers": []}


def read_json(document: object) -> Schedule:
    return read(json.dumps(document).encode(), "application/json")


def calendar(*lines: str) -> Schedule:
    return read("\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]).encode(), "text/calendar")


@pytest.mark.parametrize(
    "document",
    [
        {"sessions": [TALK | {"categoryItems": [20, 30]}, LUNCH], "speakers": [], "categories": CATEGORIES, "rooms": []},
        [{"groupId": None, "groupName": "All", "sessions": [TALK | {"categories": NAMED}, LUNCH]}],
        [{"date": "2026-07-08T00:00:00", "rooms": [{"id": 1, "name": "A", "sessions": [TALK | {"categories": NAMED}, LUNCH]}]}],
    ],
    ids=["all", "sessions", "grid"],
)
def test_every_view_of_sessionize_gives_its_sessions(document: object) -> None:
    schedule = read_json(document)
    assert [(one.id, one.title, one.topics, one.abstract) for one in schedule.sessions] == [
        ("101", "Arrays", ["Data"], "All of them")
    ]
    assert (schedule.starts, schedule.ends) == (DAY, DAY)
    assert [note.detail for note in schedule.notes] == ["is a service session without a speaker, such as a break; left out"]


@pytest.mark.parametrize(
    "state", [{"status": "Declined"}, {"status": "Waitlisted"}, {"state": "canceled"}, {"status": "Accept Queue"}]
)
def test_what_is_not_accepted_is_left_out_and_noted(state: dict[str, str]) -> None:
    schedule = read_json({"sessions": [TALK | state]})
    assert (schedule.sessions, schedule.noted) == ([], 1)


def test_a_service_session_with_a_speaker_is_a_session() -> None:
    assert len(read_json({"sessions": [TALK | {"isServiceSession": True}]}).sessions) == 1


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (
            {"start_date": "2026-07-08 19:20:00", "start_time": "19:20", "end_time": "20:00", "end_date": "2026-07-09 01:00"},
            (8, 9),
        ),
        ({"start": "2026-07-08T22:00:00+02:00", "end": "2026-07-09T00:00:00+02:00"}, (8, 8)),
        ({"start_time": "2026-07-08T09:00:00Z", "end_time": "2026-07-08T24:00:00Z"}, (8, 8)),
        ({"startTime": "20260708T090000Z", "endTime": "Jul 9, 2026 10:00 AM"}, (8, 9)),
        ({"start": 1783504800, "end": 1783594800000}, (8, 9)),
        ({"startDate": 20260708}, (8, 8)),
    ],
)
def test_days_are_read_under_the_names_that_sites_give_them(times: dict[str, object], expected: tuple[int, int]) -> None:
    schedule = read_json([{"id": 1, "title": "Arrays", **times}])
    assert (schedule.starts, schedule.ends) == tuple(date(2026, 7, day) for day in expected)
    assert schedule.notes == []


def test_a_time_without_a_day_costs_no_session_and_is_noted() -> None:
    schedule = read_json([{"id": 1, "title": "Arrays", "start": "10:00"}])
    assert [one.id for one in schedule.sessions] == ["1"]
    assert [(note.place, note.detail) for note in schedule.notes] == [("0.start", "is not a date; left out")]


def test_sessions_by_their_ids_and_events_by_their_summary_are_read() -> None:
    assert [one.id for one in read_json({"ABC": {"title": "Arrays"}, "DEF": {"title": "Graphs"}}).sessions] == ["ABC", "DEF"]
    events = {"events": [{"uid": "u1", "summary": "Arrays", "start_dt": "2026-07-08 10:00:00"}]}
    assert [(one.id, one.title) for one in read_json(events).sessions] == [("u1", "Arrays")]


def test_a_list_of_speakers_is_no_schedule() -> None:
    schedule = read_json([{"code": "S1", "name": "Ada L", "biography": "…"}])
    assert (schedule.sessions, [note.detail for note in schedule.notes]) == ([], ["has no title; left out"])
    with pytest.raises(Unreadable, match="a list of sessions as in pretalx or Sessionize"):
        read_json({"S1": {"name": "Ada L"}})


# XML


def test_xml_is_read_in_any_namespace_and_says_what_it_expected() -> None:
    event = "<day date='2026-07-08'><room><event id='1'><title>Arrays</title></event></room></day>"
    assert [one.title for one in read(f"<schedule xmlns='urn:x'>{event}</schedule>".encode(), "").sessions] == ["Arrays"]
    schedule = read(event.replace("event", "entry").join(["<schedule>", "</schedule>"]).encode(), "")
    assert [(note.place, note.detail) for note in schedule.notes] == [
        ("schedule", "has no <event>, which is where sessions are expected")
    ]


# iCalendar


def test_what_stands_behind_a_calendar_is_left_out_and_noted() -> None:
    body = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:A\nEND:VEVENT\nEND:VCALENDAR\nX-COMMENT:cached\nEND:VCALENDAR\n"
    schedule = read(body.encode(), "text/calendar")
    assert [one.id for one in schedule.sessions] == ["a"]
    assert [(note.place, note.detail) for note in schedule.notes] == [
        ("line 7", "comes after the calendar; left out"),
        ("line 8", "comes after the calendar; left out"),
    ]


@pytest.mark.parametrize("before", ["", "BEGIN:VCALENDAR\nEND:VCALENDAR\n"])
def test_events_without_a_calendar_are_refused_with_what_to_do(before: str) -> None:
    with pytest.raises(Unreadable, match="put that line before the first event, and END:VCALENDAR after the last"):
        read(f"{before}BEGIN:VEVENT\nUID:a\nSUMMARY:A\nEND:VEVENT\n".encode(), "text/calendar")


def test_an_event_in_a_calendar_inside_of_another_is_read() -> None:
    schedule = calendar("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:a", "SUMMARY:A", "END:VEVENT", "END:VCALENDAR")
    assert [one.id for one in schedule.sessions] == ["a"]


def test_an_event_inside_of_something_else_is_noted() -> None:
    schedule = calendar("BEGIN:VTODO", "BEGIN:VEVENT", "UID:a", "SUMMARY:A", "END:VEVENT", "END:VTODO")
    assert [note.detail for note in schedule.notes] == ["is an event outside of a calendar; left out"]


def test_a_repetition_without_a_title_or_its_event_is_noted() -> None:
    lines = ["BEGIN:VEVENT", "UID:a", "RECURRENCE-ID:20260708T100000", "DTSTART:20260709T100000", "END:VEVENT"]
    schedule = calendar(*lines)
    assert [(note.place, note.detail) for note in schedule.notes] == [
        ("line 2", "has no title, and the event that it repeats is not in the file; left out")
    ]
    assert calendar(*lines, "BEGIN:VEVENT", "UID:a", "SUMMARY:A", "END:VEVENT").notes == []


@pytest.mark.parametrize(
    ("rule", "last"),
    [("FREQ=WEEKLY;UNTIL=20260725", 22), ("FREQ=DAILY;INTERVAL=2;UNTIL=20260711", 10), ("FREQ=DAILY;UNTIL=20260708", 8)],
)
def test_the_last_day_is_that_of_the_last_repetition(rule: str, last: int) -> None:
    schedule = calendar("BEGIN:VEVENT", "UID:a", "SUMMARY:A", "DTSTART:20260708T100000", f"RRULE:{rule}", "END:VEVENT")
    assert schedule.ends == date(2026, 7, last)


def test_groups_in_groups_have_their_limit() -> None:
    document: object = [TALK]
    for _ in range(400):
        document = [{"sessions": document}]
    with pytest.raises(Unreadable, match="is nested too deeply"):
        read_json(document)


@pytest.mark.parametrize(
    ("lines", "title", "abstract"),
    [
        (["SUMMARY;ENCODING=QUOTED-PRINTABLE:Tea =E2=80=93 and more"], "Tea – and more", None),
        (["SUMMARY;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Caf=E9\\, open"], "Café, open", None),
        (["SUMMARY;LANGUAGE=en;encoding=quoted-printable;CHARSET=UTF-8:A=", "rrays"], "Arrays", None),
        (["SUMMARY:A", "DESCRIPTION;ENCODING=QUOTED-PRINTABLE:one=0D=0Atwo =", "three=3D3"], "A", "one two three=3"),
        (["SUMMARY;ENCODING=QUOTED-PRINTABLE:A="], "A", None),
        (["SUMMARY:a=b=", "LOCATION:="], "a=b=", None),
    ],
)
def test_quoted_printable_values_are_decoded(lines: list[str], title: str, abstract: str | None) -> None:
    (session,) = calendar("BEGIN:VEVENT", "UID:a", *lines, "END:VEVENT").sessions
    assert (session.title, session.abstract) == (title, abstract)


def test_quoted_printable_that_is_no_text_is_refused() -> None:
    with pytest.raises(Unreadable, match="line 4: is not UTF-8"):
        calendar("BEGIN:VEVENT", "UID:a", "SUMMARY;ENCODING=QUOTED-PRINTABLE:Caf=E9", "END:VEVENT")
