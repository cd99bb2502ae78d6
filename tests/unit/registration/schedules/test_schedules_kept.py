"""No session of a schedule is lost, and the days of its conference are right, whatever the file is like."""

import json
import random
from datetime import date
from pathlib import Path

import pytest

from registration.schedules.fields import Unreadable
from registration.schedules.formats import read
from registration.schedules.schedule import Schedule

CASES = Path(__file__).parents[5] / "shared" / "cases"

real = pytest.mark.skipif(not CASES.exists(), reason="the real cases are not part of the project")


def calendar(*events: str, head: str = "") -> bytes:
    return "\r\n".join(
        ["BEGIN:VCALENDAR", *filter(None, [head]), *(f"BEGIN:VEVENT\r\n{one}\r\nEND:VEVENT" for one in events), "END:VCALENDAR"]
    ).encode()


def titles(schedule: Schedule) -> list[str]:
    return sorted(session.title for session in schedule.sessions)


def days(*lines: str, head: str = "") -> tuple[date | None, date | None]:
    schedule = read(calendar("UID:a\r\nSUMMARY:A\r\n" + "\r\n".join(lines), head=head), "text/calendar")
    return schedule.starts, schedule.ends


def of(*numbers: int) -> tuple[date, ...]:
    return tuple(date(2026, 7, number) for number in numbers)


# The real cases


@real
def test_a_line_folded_inside_a_character_is_read() -> None:
    schedule = read((CASES / "13-ics-folded-inside-a-character" / "input.ics").read_bytes(), "text/calendar")
    assert titles(schedule) == ["Einführung"]


@real
def test_several_calendars_in_a_file_are_one_schedule() -> None:
    schedule = read((CASES / "14-ics-several-calendars" / "input.ics").read_bytes(), "text/calendar")
    assert (titles(schedule), schedule.starts, schedule.ends) == (["One", "Two"], *of(8, 9))


@real
def test_times_in_utc_are_taken_by_the_day_in_the_calendar_s_zone() -> None:
    schedule = read((CASES / "15-ics-utc-with-calendar-zone" / "input.ics").read_bytes(), "text/calendar")
    assert (schedule.starts, schedule.ends) == (date(2026, 10, 15), date(2026, 10, 15))


@real
def test_titles_with_one_id_are_sessions_of_their_own() -> None:
    schedule = read((CASES / "16-ics-one-uid" / "input.ics").read_bytes(), "text/calendar")
    assert titles(schedule) == ["Talk 1", "Talk 2", "Talk 3"]


# iCalendar


def test_a_line_may_be_folded_anywhere() -> None:
    whole = calendar("UID:ä-1\r\nSUMMARY:日本語 — “Grüße” 🎉\r\nDTSTART;VALUE=DATE:20260708")
    assert titles(read(whole, "")) == ["日本語 — “Grüße” 🎉"]
    start, end = whole.index(b"UID"), whole.index(b"\r\nEND:VEVENT")
    expected = read(whole, "")
    for fold in (b"\r\n ", b"\n\t", b"\r\r\n "):
        for at in range(start + 1, end):
            if whole[at - 1 : at] not in b"\r\n" and whole[at : at + 1] != b"\r":
                schedule = read(whole[:at] + fold + whole[at:], "")
                assert (schedule.sessions, schedule.starts) == (expected.sessions, expected.starts)


def test_a_calendar_that_is_not_utf_8_is_refused_with_what_to_do_and_read_with_its_charset() -> None:
    body = calendar("UID:a\r\nSUMMARY:Café\r\nLOCATION:Salle é").decode().encode("latin-1")
    with pytest.raises(Unreadable, match=r"line 4: is not UTF-8.*charset=windows-1252"):
        read(body, "text/calendar")
    assert titles(read(body, "text/calendar", "ISO-8859-1")) == ["Café"]
    assert titles(read(calendar("UID:a\r\nSUMMARY:Café").decode().encode("utf-16"), "text/calendar")) == ["Café"]
    with pytest.raises(Unreadable, match="unknown charset"):
        read(body, "text/calendar", "klingon")
    # What is not read may be anything.
    assert titles(read(calendar("UID:a\r\nSUMMARY:A\r\nLOCATION:").replace(b"LOCATION:", b"LOCATION:\xff"), "")) == ["A"]


def test_each_calendar_of_a_stream_has_its_own_zone() -> None:
    event = "UID:{0}\r\nSUMMARY:{0}\r\nDTSTART:20260708T2330{1}\r\nDTEND:20260708T2345{1}"
    east = calendar(event.format("east", "00Z"), head="X-WR-TIMEZONE:Asia/Tokyo\r\nX-WR-CALNAME:East")
    west = calendar(event.format("west", "00Z"), head="X-WR-CALNAME:West")
    schedule = read(east + b"\r\n\r\n" + west, "")
    assert (schedule.name, schedule.starts, schedule.ends, titles(schedule)) == ("East", *of(8, 9), ["east", "west"])


@pytest.mark.parametrize(
    ("lines", "head", "expected"),
    [
        (["DTSTART;VALUE=DATE:20260708", "DTEND;VALUE=DATE:20260711"], "", of(8, 10)),
        (["DTSTART;VALUE=DATE:20260708", "DTEND;VALUE=DATE:20260708"], "", of(8, 8)),
        (["DTSTART;VALUE=DATE:20260708", "DURATION:P2D"], "", of(8, 9)),
        (["DTSTART;VALUE=DATE:20260708"], "X-WR-TIMEZONE:America/Los_Angeles", of(8, 8)),
        (["DTSTART:20260708T200000", "DTEND:20260709T000000"], "", of(8, 8)),
        (["DTSTART:20260708T200000", "DTEND:20260709T000100"], "", of(8, 9)),
        (["DTSTART:20260708T200000", "DURATION:PT4H"], "", of(8, 8)),
        (["DTSTART:20260708T200000", "DTEND:20260707T200000"], "", of(8, 8)),
        (["DTSTART:20260708T000000", "DTEND:20260708T000000"], "", of(8, 8)),
        (["DTSTART;TZID=Asia/Tokyo:20260708T003000", "DTEND;TZID=Asia/Tokyo:20260708T013000"], "X-WR-TIMEZONE:UTC", of(8, 8)),
        (["DTSTART;TZID=Europe/London:20260708T003000"], "X-WR-TIMEZONE:America/New_York", of(8, 8)),
        (["DTSTART;TZID=/mozilla.org/20070129_1/Asia/Tokyo:20260708T003000"], "", of(8, 8)),
        (["DTSTART;TZID=Nowhere/Land:20260708T003000"], "X-WR-TIMEZONE:America/New_York", of(8, 8)),
        (["DTSTART:20260708T003000"], "X-WR-TIMEZONE:America/New_York", of(8, 8)),
        (["DTSTART:20260708T003000Z", "DTEND:20260708T013000Z"], "X-WR-TIMEZONE:America/New_York", of(7, 7)),
        (["DTSTART:20260708T003000Z", "DTEND:20260708T040000Z"], "X-WR-TIMEZONE:America/New_York", of(7, 7)),
        (["DTSTART:20260708T003000Z"], "X-WR-TIMEZONE:Pacific Standard Time", of(7, 7)),
        (["DTSTART:20260708T233000Z"], "X-WR-TIMEZONE:../../etc/passwd", of(8, 8)),
        (["DTSTART:20260708T090000", "DTEND:20260708T100000", "RRULE:FREQ=DAILY;COUNT=3"], "", of(8, 10)),
        (["DTSTART;VALUE=DATE:20260708", "RRULE:FREQ=WEEKLY;INTERVAL=1;COUNT=3"], "", of(8, 8 + 14)),
        (["DTSTART:20260708T090000", "DTEND:20260708T100000", "RRULE:FREQ=DAILY;UNTIL=20260711T000000Z"], "", of(8, 11)),
        (["DTSTART:20260708T090000", "DTEND:20260708T100000", "RRULE:FREQ=SECONDLY;COUNT=999999999"], "", of(8, 8)),
        (["DTSTART:20260708T090000", "DTEND:20260708T100000", "RRULE:FREQ=DAILY;COUNT=999999999"], "", of(8, 8)),
        (["DTSTART:20260708T090000", "RDATE:20260710T090000"], "", of(8, 10)),
        (["DTSTART:20260708T090000", "DTEND:20260708T100000", "RDATE:20260710T090000"], "", of(8, 10)),
    ],
)
def test_first_and_last_days_are_those_on_the_clock_there(lines: list[str], head: str, expected: tuple[date, date]) -> None:
    assert days(*lines, head=head) == expected


def test_the_ends_of_time_are_days_too() -> None:
    for year in ("00010101", "99991231"):
        assert days(f"DTSTART:{year}T000000Z", f"DTEND:{year}T235959Z", head="X-WR-TIMEZONE:Asia/Tokyo")[0] is not None
        assert days(f"DTSTART:{year}T235959Z", "DURATION:P9999D", head="X-WR-TIMEZONE:America/New_York")[0] is not None


def test_a_repetition_is_its_event_unless_it_has_a_title_of_its_own() -> None:
    master = "UID:daily\r\nSUMMARY:Keynote\r\nDTSTART:20260708T090000\r\nRRULE:FREQ=DAILY;COUNT=3"
    moved = "UID:daily\r\nRECURRENCE-ID:20260709T090000\r\nSUMMARY:Keynote\r\nDTSTART:20260712T090000"
    nameless = "UID:daily\r\nRECURRENCE-ID:20260710T090000\r\nDTSTART:20260713T090000"
    own = "UID:daily\r\nRECURRENCE-ID:20260710T090000\r\nSUMMARY:Keynote: Ada\r\nDTSTART:20260710T090000"
    called_off = "UID:daily\r\nRECURRENCE-ID:20260708T090000\r\nSUMMARY:Keynote\r\nSTATUS:CANCELLED\r\nDTSTART:20260720T090000"
    for events in ([master, moved, nameless, own, called_off], [called_off, own, nameless, moved, master]):
        schedule = read(calendar(*events), "")
        assert (titles(schedule), schedule.starts, schedule.ends) == (["Keynote", "Keynote: Ada"], *of(8, 13))
        assert {session.id for session in schedule.sessions if session.title == "Keynote"} == {"daily"}


def test_a_calendar_that_calls_off_holds_nothing() -> None:
    schedule = read(calendar("UID:a\r\nSUMMARY:A\r\nDTSTART:20260708T090000", head="METHOD:CANCEL"), "")
    assert (schedule.sessions, schedule.starts) == ([], None)


def test_what_cannot_be_read_costs_itself_only() -> None:
    schedule = read(
        calendar(
            'UID:a\r\nSUMMARY;X=":A\r\nSUMMARY:A\r\nDTSTART:20260708T090000\r\nDTEND:tomorrow\r\nRRULE:FREQ=;;\r\nDURATION:P',
            "UID:b\r\nSUMMARY:B\r\nATTACH;ENCODING=BASE64:" + "QUJD" * 100_000,
            "UID:c\r\nSUMMARY:C\r\nDESCRIPTION:" + "word " * 100_000,
            head='X-WR-CALNAME;X=":Demo\r\nNAME:Demo',
        ),
        "",
    )
    assert (titles(schedule), schedule.name, schedule.starts) == (["A", "B", "C"], "Demo", of(8)[0])


def test_no_refusal_quotes_the_file() -> None:
    secret = "secret" * 100
    for body in (
        f"BEGIN:VCALENDAR\r\n{secret}\r\nBEGIN:{secret}\r\n".encode(),
        f"{secret}".encode(),
        f"BEGIN:VCALENDAR\r\nEND:{secret.upper()}".encode(),
        json.dumps({"schedule": {"conference": {"days": [], "start": secret}}}).encode(),
        json.dumps({"schedule": {"conference": {"days": [{"rooms": {secret: secret}}]}}}).encode(),
        f"<schedule><{secret}></schedule>".encode(),
        f"<schedule>{'<' + secret + '>' * 1}{'<a>' * 40}".encode(),
    ):
        with pytest.raises(Unreadable) as refused:
            read(body, "")
        assert len(str(refused.value)) < 300


# Every format


def frab(events: list[dict[str, str]]) -> bytes:
    inner = "".join(f"<event guid='{one['id']}'><title>{one['title']}</title></event>" for one in events)
    return f"<schedule><day><room>{inner}</room></day></schedule>".encode()


def pretalx(events: list[dict[str, str]]) -> bytes:
    return json.dumps({"schedule": {"conference": {"days": [{"rooms": {"A": events}}]}}}).encode()


def ics(events: list[dict[str, str]]) -> bytes:
    return calendar(*(f"UID:{one['id']}\r\nSUMMARY:{one['title']}" for one in events))


@pytest.mark.parametrize("written", [frab, pretalx, ics])
def test_ids_are_the_same_in_every_order_and_each_time(written: object) -> None:
    assert callable(written)
    events = [{"id": "x", "title": f"Workshop {number}"} for number in range(30)] + [{"id": "y", "title": "Alone"}] * 2
    first = {session.title: session.id for session in read(written(events), "").sessions}
    assert (len(first), len(set(first.values())), first["Alone"]) == (31, 31, "y")
    random.Random(7).shuffle(events)
    assert {session.title: session.id for session in read(written(events), "").sessions} == first


@pytest.mark.parametrize("written", [frab, pretalx, ics])
def test_a_session_without_an_id_has_its_title_s(written: object) -> None:
    assert callable(written)
    events = [{"id": "", "title": "Ünder the bridge"}, {"id": "", "title": "Over it"}, {"id": "z", "title": "Besides"}]
    schedule = read(written(events), "")
    assert len({session.id for session in schedule.sessions}) == 3
    assert {session.id for session in read(written(events[::-1]), "").sessions} == {session.id for session in schedule.sessions}
    assert titles(schedule) == ["Besides", "Over it", "Ünder the bridge"]


def test_days_of_slots_end_when_they_end() -> None:
    slots = [{"start": "2026-07-08T20:00:00+02:00", "end": "2026-07-09T00:00:00+02:00"}]
    schedule = read(json.dumps([{"code": "A", "title": "Party", "slots": slots}]).encode(), "")
    assert (schedule.starts, schedule.ends) == of(8, 8)


@pytest.mark.parametrize(
    "body",
    [
        b'{"schedule": {"conference": {"start": "2026-10-16T00:30:00Z", "time_zone_name": "America/Los_Angeles", "days": []}}}',
        b"<schedule><conference><start>2026-10-16T00:30:00Z</start><time_zone_name>America/Los_Angeles</time_zone_name>"
        b"</conference></schedule>",
    ],
)
def test_a_start_in_utc_is_taken_by_the_day_there(body: bytes) -> None:
    assert read(body, "").starts == date(2026, 10, 15)
