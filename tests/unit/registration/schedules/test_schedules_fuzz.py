"""Whatever a schedule's file is, it is read or refused, in little time, and what is read is valid."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from registration.schedules.fields import Unreadable
from registration.schedules.formats import READERS, read
from shared.contract.events.registration import Session
from support.cost import within

MAX_SECONDS = 2.0
"""Of processor, for files of at most some 100 kB."""

words = st.text(max_size=8) | st.sampled_from(
    ["2026-05-01", "2026-05-01T00:00:00Z", "x" * 3000, "&#" + "9" * 5000 + ";", "<a <a <a", "\0"]
)


def attempt(body: bytes, media_type: str, charset: str = "") -> None:
    """Reads it, or has it refused: any other exception fails the test, and so does a session that is not valid."""
    try:
        schedule = within(MAX_SECONDS, lambda: read(body, media_type, charset))
    except Unreadable as refused:
        said = str(refused)
    else:
        said = ""
        sessions = schedule.sessions
        assert len({session.id for session in sessions}) == len(sessions)
        for session in sessions:
            assert Session.model_validate_json(session.model_dump_json()) == session
        assert schedule.noted >= len(schedule.notes)
        if schedule.starts and schedule.ends:
            assert isinstance(schedule.starts <= schedule.ends, bool)
    assert len(said) < 500


# iCalendar

properties = st.sampled_from(
    (
        *(
            "UID",
            "SUMMARY",
            "DESCRIPTION",
            "CATEGORIES",
            "STATUS",
            "RECURRENCE-ID",
            "DTSTART",
            "DTEND",
            "DURATION",
        ),
        *(
            "RRULE",
            "RDATE",
            "X-WR-TIMEZONE",
            "X-WR-CALNAME",
            "NAME",
            "METHOD",
            "SUMMARY;LANGUAGE=de",
        ),
        *(
            "DTSTART;TZID=Europe/Berlin",
            "DTEND;VALUE=DATE",
            "DTSTART;TZID=../../x",
            'SUMMARY;X="',
            "RDATE;VALUE=PERIOD",
        ),
        *("CATEGORIES;VALUE=URI", "SUMMARY;ENCODING=QUOTED-PRINTABLE", "DESCRIPTION;CHARSET=utf-16;ENCODING=QUOTED-PRINTABLE"),
    )
)
values = words | st.sampled_from(
    (
        *(
            "20260708",
            "20260708T240000",
            "99991231T235959Z",
            "00010101T000000Z",
            "P1W",
            "-P9999999999D",
        ),
        *(
            "FREQ=DAILY;COUNT=0",
            "a,b\\,c,",
            "FREQ=WEEKLY;COUNT=99999999999;INTERVAL=-1",
            "FREQ=DAILY;UNTIL=20260708",
        ),
        *(
            "FREQ=;=;COUNT=x",
            "CANCELLED",
            "CANCEL",
            "20260708T090000/PT1H",
            "20260708,20260709",
            "Asia/Tokyo",
            "UTC",
        ),
        *(
            "America",
            "\\",
            "\\n" * 50,
            "a=",
            "=C3=A4=0D=0A=",
        ),
    )
)
content = st.lists(
    st.tuples(properties, values).map(":".join) | words | st.sampled_from(["BEGIN:VALARM", "END:VALARM"]), max_size=8
)


def calendar(head: list[str], events: list[list[str]]) -> str:
    inner = ("BEGIN:VEVENT\r\n" + "\r\n".join(lines) + "\r\nEND:VEVENT" for lines in events)
    return "\r\n".join(["BEGIN:VCALENDAR", *head, *inner, "END:VCALENDAR", ""])


@given(
    st.lists(st.builds(calendar, content, st.lists(content, max_size=3)), max_size=3),
    st.lists(
        st.tuples(st.integers(0, 10**4), st.sampled_from([b"\r\n ", b"\n\t", b"\r", b"\xff", b"\0", b" ", b""])), max_size=5
    ),
    st.sampled_from(["", "utf-8", "latin-1", "utf-16", "shift_jis", "idna", "\udcff"]),
)
@example([calendar([], []), "END:VCALENDAR\r\n"], [], "")
@example([calendar([], [["UID:a", "SUMMARY:A", "DTSTART:00010101", "DTEND:99991231", "RRULE:FREQ=DAILY;COUNT=2"]])], [], "")
def test_whatever_stream_of_calendars_is_read_or_refused(
    streams: list[str], damage: list[tuple[int, bytes]], charset: str
) -> None:
    body = "".join(streams).encode()
    for at, bytes_there in damage:
        body = body[: at % (len(body) + 1)] + bytes_there + body[at % (len(body) + 1) :]
    attempt(body, "text/calendar", charset)


@given(
    st.sampled_from(
        [b"\n", b"\n a", b"=\n", b"BEGIN:VEVENT\nEND:VEVENT\n", b"X:y\n", b"SUMMARY:" + b"x," * 50 + b"\n", b'SUMMARY;a="', b"\\"]
    ),
    st.integers(0, 2000),
    st.sampled_from(
        [
            b"BEGIN:VCALENDAR\n",
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:",
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nCATEGORIES:",
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY;ENCODING=QUOTED-PRINTABLE;" + b"x" * 20_000 + b":=\n",
        ]
    ),
)
def test_a_calendar_of_one_thing_again_and_again_takes_little_time(unit: bytes, times: int, beginning: bytes) -> None:
    attempt(beginning + unit * times, "text/calendar")
    attempt(beginning + unit * times + b"\nEND:VEVENT\nEND:VCALENDAR", "text/calendar")


# XML

names = st.sampled_from(
    [
        "schedule",
        "conference",
        "day",
        "room",
        "event",
        "title",
        "start",
        "end",
        "track",
        "tags",
        "tag",
        "abstract",
        "time_zone_name",
        "a:b",
    ]
)
markup = st.sampled_from(
    (
        *(
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<?x",
            "?>",
            "&a;",
            "&#0;",
            "&amp;",
            "</event>",
            "<event guid='1'>",
        ),
        *(
            "<title>T</title>",
            "<!DOCTYPE s [<!ENTITY a 'b'>]>",
            "<?xml version='1.0' encoding='utf-16'?>",
        ),
        *(
            "<day date='2026-05-01'/>",
            "<day date='soon'/>",
        ),
    )
)


def element(name: str, attributes: dict[str, str], inner: list[str]) -> str:
    written = "".join(f" {key}='{value}'" for key, value in attributes.items())
    return f"<{name}{written}>{''.join(inner)}</{name}>"


elements = st.recursive(
    words | markup,
    lambda inner: st.builds(
        element,
        names,
        st.dictionaries(st.sampled_from(["guid", "id", "code", "date"]), words, max_size=2),
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)


@given(st.lists(elements, max_size=4), st.sampled_from(["", "<?xml version='1.0'?>", "\ufeff"]))
def test_whatever_xml_is_read_or_refused(inner: list[str], beginning: str) -> None:
    document = f"{beginning}<schedule>{''.join(inner)}</schedule>"
    attempt(document.encode(errors="replace"), "text/xml")
    attempt(document.encode("utf-16", errors="replace"), "")


@given(
    st.sampled_from(
        [b"<a>", b"<event>", b"<a b='", b"<!--", b"<a/>", b"x\n", b"&amp;", b" a='1'", b"<event id='1'><title>T</title></event>"]
    ),
    st.integers(0, 10_000),
)
def test_xml_of_one_thing_again_and_again_takes_little_time(unit: bytes, times: int) -> None:
    for beginning in (b"", b"<schedule>", b"<schedule ", b"<schedule><day><event><title>"):
        attempt(beginning + unit * times, "text/xml")


# JSON

fields = st.sampled_from(
    (
        *(
            "schedule",
            "conference",
            "days",
            "rooms",
            "A",
            "code",
            "guid",
            "id",
            "title",
            "track",
            "tags",
            "keywords",
        ),
        *(
            "state",
            "slots",
            "start",
            "end",
            "date",
            "results",
            "talks",
            "submission",
            "abstract",
            "description",
            "name",
        ),
        *(
            "en",
            "time_zone_name",
            "2026-05-01",
            "540",
        ),
        *(
            "sessions",
            "events",
            "categories",
            "categoryItems",
            "items",
            "startsAt",
            "endsAt",
            "isServiceSession",
            "speakers",
            "uid",
        ),
    )
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.sampled_from(["confirmed", "canceled", "A"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(fields | words, inner, max_size=5),
    max_leaves=30,
)


@given(json_values, st.booleans())
def test_whatever_json_is_read_or_refused(value: object, is_ascii: bool) -> None:
    attempt(json.dumps(value, ensure_ascii=is_ascii).encode(errors="replace"), "application/json")
    session = {"code": "A", "title": "T", "track": value, "tags": value, "state": value, "abstract": value, "slots": value}
    attempt(json.dumps([session], ensure_ascii=is_ascii).encode(errors="replace"), "application/json")
    one = {
        "id": 1,
        "title": "T",
        "startsAt": value,
        "endsAt": value,
        "status": value,
        "categoryItems": value,
        "categories": value,
    }
    views = (
        {"sessions": [one], "categories": value},
        [{"sessions": [one]}],
        [{"rooms": [{"sessions": value}]}],
        {"A": one, "B": one},
    )
    for view in views:
        attempt(json.dumps(view, ensure_ascii=is_ascii).encode(errors="replace"), "application/json")


@given(
    st.integers(0, 3000),
    st.sampled_from(["[", '{"name":', '{"en":', '[{"tag":']),
    st.sampled_from(["track", "tags", "title", "slots", "state"]),
)
@example(980, "[", "track")
def test_json_of_any_depth_is_read_or_refused(depth: int, opening: str, name: str) -> None:
    closing = "".join({"[": "]", "{": "}"}.get(sign, "") for sign in reversed(opening))
    inner = opening * depth + "1" + closing * depth
    attempt(f'[{{"code": "A", "title": "T", "{name}": {inner}}}]'.encode(), "application/json")
    attempt(f'{{"schedule": {inner}}}'.encode(), "application/json")


@given(
    st.sampled_from([*READERS, ""]),
    st.binary(max_size=200),
    st.sampled_from([b"", b"<schedule>", b"BEGIN:VCALENDAR\r\n", b"{", b"\xff\xfe"]),
)
def test_whatever_bytes_are_read_or_refused(media_type: str, body: bytes, beginning: bytes) -> None:
    attempt(beginning + body, media_type)
