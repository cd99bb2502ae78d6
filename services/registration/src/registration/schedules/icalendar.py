"""Schedules in iCalendar (RFC 5545)."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any, Final

from icalendar import Calendar, Event
from icalendar.prop import vBroken

from registration.schedules.schedule import MAX_SESSIONS, Schedule, Unreadable, as_name

_BORDER: Final = re.compile(r"(BEGIN|END):([A-Za-z0-9-]+)\s*", re.IGNORECASE)
_MAX_DEPTH: Final = 10
_MAX_CHARACTERS: Final = 200_000
"""The most of an event, or of the calendar without its events, that is parsed."""


def read(body: bytes) -> Schedule:
    """The schedule in such a file: each event is a session, its categories the topics. An event that repeats is one session.

    Raises:
        Unreadable: it is no calendar.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"line {line}", "is not UTF-8, which an iCalendar file must be") from None
    head, *events = _parts(text)
    schedule = Schedule()
    if len(head[1]) > _MAX_CHARACTERS:
        raise Unreadable("VCALENDAR", f"has more than {_MAX_CHARACTERS:,} characters beside its events")
    try:
        calendar = Calendar.from_ical(head[1])
    except (ValueError, IndexError, KeyError) as error:
        raise Unreadable("VCALENDAR", f"is not iCalendar: {str(error)[:200]}") from None
    # The parser leaves the escapes of a property that is in no standard.
    unofficial = re.sub(r"\\([\\;,])", r"\1", _text(calendar, "X-WR-CALNAME"))
    schedule.name = as_name(_text(calendar, "NAME") or unofficial)
    for line, content in events:
        if len(content) > _MAX_CHARACTERS:
            schedule.note(f"line {line}", f"the event has more than {_MAX_CHARACTERS:,} characters; left out")
            continue
        try:
            event = Event.from_ical(content)
        except (ValueError, IndexError, KeyError) as error:
            schedule.note(f"line {line}", f"the event is not iCalendar: {str(error)[:200]}; left out")
            continue
        if _text(event, "STATUS").upper() == "CANCELLED":
            schedule.note(f"line {line}", "the event is cancelled; left out")
            continue
        _add(event, line, schedule)
    return schedule


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """The calendar without what is in it, then each event: its first line's number, and its text.

    Only these are parsed: time zones, which can hold rules without end, and alarms are of no use here.
    """
    within: list[str] = []
    head: list[str] = []
    events: list[tuple[int, list[str]]] = []
    number = 0
    for number, ended in enumerate(StringIO(text, newline=None), 1):
        line = ended.rstrip("\n")
        border = _BORDER.fullmatch(line)
        begins, name = (border[1].upper() == "BEGIN", border[2].upper()) if border else (False, "")
        if begins:
            within.append(name)
            if len(within) > _MAX_DEPTH:
                raise Unreadable(f"line {number}", f"is nested deeper than {_MAX_DEPTH} components")
            if within == ["VCALENDAR", "VEVENT"]:
                events.append((number, []))
                if len(events) > 2 * MAX_SESSIONS:
                    raise Unreadable(f"line {number}", f"there are more than {2 * MAX_SESSIONS:,} events")
        if line.strip() and within[:1] != ["VCALENDAR"]:
            raise Unreadable(f"line {number}", "expected BEGIN:VCALENDAR")
        if len(within) == 1:
            head.append(line)
        elif within == ["VCALENDAR", "VEVENT"]:
            events[-1][1].append(line)
        if border and not begins and within.pop() != name:
            raise Unreadable(f"line {number}", f"END:{name} ends what has not begun")
    if within or not head:
        raise Unreadable(f"line {number}", "the file ends before END:VCALENDAR")
    yield 1, "\r\n".join(head)
    for number, content in events:
        yield number, "\r\n".join(content)


def _add(event: Any, line: int, schedule: Schedule) -> None:
    for name, _ in event.errors:
        schedule.note(f"line {line}", f"{name} of the event cannot be read; left out")
    for name in ("DTSTART", "DTEND"):
        if day := _day(event, name):
            schedule.extend(day)
    topics = (str(topic) for part in _values(event, "CATEGORIES") for topic in part.cats)
    about = [_text(event, "DESCRIPTION")]
    schedule.add(f"line {line}", [_text(event, "UID")], _text(event, "SUMMARY"), topics, [], about)


def _day(event: Any, name: str) -> date | None:
    """The day of a property, on the clock of its own time zone. The end of a whole day is its last day, not the next."""
    for value in _values(event, name):
        day = getattr(value, "dt", None)
        if isinstance(day, datetime):
            return day.date()
        if isinstance(day, date):
            return day - timedelta(days=1) if name == "DTEND" and day > date.min else day
    return None


def _text(component: Any, name: str) -> str:
    return next(map(str, _values(component, name)), "")


def _values(component: Any, name: str) -> list[Any]:
    """The values of a property that can be read."""
    values = component.get(name, [])
    return [value for value in (values if isinstance(values, list) else [values]) if not isinstance(value, vBroken)]
