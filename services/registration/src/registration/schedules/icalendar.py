"""Reads schedules in iCalendar (RFC 5545)."""

import re
import warnings
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

from icalendar import Event
from icalendar.error import GloballyUniqueTZIDGuessed
from icalendar.prop import vBroken
from icalendar.timezone import tzp

from registration.schedules.contentlines import MAX_CHARACTERS, Component, calendars
from registration.schedules.fields import as_name, at_line, last_day, local_day
from registration.schedules.schedule import MAX_SESSIONS, Schedule
from shared.worded import Worded

_OF_CALENDARS: Final = ("NAME", "X-WR-CALNAME", "X-WR-TIMEZONE", "TIMEZONE-ID", "METHOD")
_OF_EVENTS: Final = (
    *("UID", "SUMMARY", "DESCRIPTION", "CATEGORIES", "STATUS", "RECURRENCE-ID", "URL"),
    *("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE"),
)
_WANTED: Final = {name.encode() for name in (*_OF_CALENDARS, *_OF_EVENTS)}
_STEPS: Final = {"DAILY": 1, "WEEKLY": 7}
"""The days between repetitions."""
_UNNAMED: Final = Worded("a line cannot be read; left out")
_UNREADABLE: Final = (ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""The errors that the library raises for values that it cannot read."""

# The library guesses zones such as /mozilla.org/20070129_1/Europe/Berlin, and guesses right.
warnings.filterwarnings("ignore", category=GloballyUniqueTZIDGuessed)


def read(body: bytes) -> Schedule:
    """Read an iCalendar file with one or several calendars. Each event is a session, and its categories are the topics.

    A repeating event is one session. A repetition with its own title is a separate session.

    Raises:
        Unreadable: it is not a calendar.
    """
    schedule = Schedule()
    titled, untitled = set[str](), dict[str, int]()
    for calendar in calendars(body.removeprefix(b"\xef\xbb\xbf"), _WANTED, 4 * MAX_SESSIONS, schedule.note):
        about = _parsed(calendar.properties, schedule)
        # The library does not unescape properties that are not standard.
        unofficial = re.sub(r"\\([\\;,])", r"\1", _text(about, "X-WR-CALNAME"))
        schedule.name = schedule.name or as_name(_text(about, "NAME") or unofficial)
        zone = _zone(about, calendar.properties.line, schedule)
        is_cancellation = _text(about, "METHOD").upper() == "CANCEL"
        for component in calendar.events:
            event = _parsed(component, schedule)
            if is_cancellation or _text(event, "STATUS").upper() == "CANCELLED":
                schedule.note(at_line(component.line), Worded("the event is cancelled; left out"))
                continue
            _extend(event, zone, schedule)
            id, title, is_repetition = _text(event, "UID"), _text(event, "SUMMARY"), bool(_text(event, "RECURRENCE-ID"))
            if is_repetition and not title:  # only its time differs
                untitled.setdefault(id, component.line)
                continue
            titled.add(id)
            topics = (str(topic) for part in _values(event, "CATEGORIES") for topic in part.cats)
            about = [_text(event, "DESCRIPTION")]
            url, starts = _text(event, "URL"), _time(event, "DTSTART")
            schedule.add(
                at_line(component.line), [id], title, topics, [], about, url=url, starts=starts, is_main=not is_repetition
            )
    for id, line in untitled.items():
        if id not in titled:
            schedule.note(at_line(line), Worded("has no title, and the event that it repeats is not in the file; left out"))
    return schedule


def _parsed(component: Component, schedule: Schedule) -> Any:
    """The readable properties of a component. It is read as an event, because the library then skips unreadable properties."""
    for line in component.cut:
        schedule.note(
            at_line(line), Worded("is longer than %(most)s characters, or one line too many; cut", most=f"{MAX_CHARACTERS:,}")
        )
    try:
        parsed = _of_lines(component.lines)
    except _UNREADABLE:
        parsed = _of_lines([line for line in component.lines if _is_readable(line)])
        schedule.note(at_line(component.line), Worded("something here cannot be read; left out"))
    for name, _ in parsed.errors:
        schedule.note(at_line(component.line), Worded("%(name)s cannot be read; left out", name=name) if name else _UNNAMED)
    return parsed


def _of_lines(lines: list[str]) -> Any:
    return Event.from_ical("\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT")))


def _is_readable(line: str) -> bool:
    try:
        _of_lines([line])
    except _UNREADABLE:
        return False
    return True


def _zone(calendar: Any, line: int, schedule: Schedule) -> tzinfo | None:
    """The time zone of a calendar, in which the days of its times in UTC are taken."""
    name = _text(calendar, "X-WR-TIMEZONE") or _text(calendar, "TIMEZONE-ID")
    try:
        zone = tzp.timezone(name) if name else None
    except (*_UNREADABLE, OSError):
        zone = None
    if name and zone is None:
        schedule.note(at_line(line), Worded("the calendar's time zone is unknown; days of times in UTC are those in UTC"))
    return zone


def _extend(event: Any, zone: tzinfo | None, schedule: Schedule) -> None:
    for day in _days(event, zone):
        schedule.extend(day)


def _days(event: Any, zone: tzinfo | None) -> Iterator[date]:
    """The first and last day of an event and of those repetitions that are known."""
    start, end = _time(event, "DTSTART"), _time(event, "DTEND")
    first = None if start is None else _day(start, zone)
    last = None if end is None else _day(end, zone, is_end=True)
    length = _values(event, "DURATION")
    if start is not None and last is None and length:
        with suppress(OverflowError, AttributeError, TypeError):
            last = _day(start + length[0].dt, zone, is_end=True)
    # Some programs end a whole day on itself, or end an event before its start.
    last = last if first is None or last is None else max(first, last)
    yield from (day for day in (first, last) if day)
    if first:
        for day in _repetitions(event, first, zone):
            with suppress(OverflowError):
                yield day + ((last or first) - first)


def _repetitions(event: Any, first: date, zone: tzinfo | None) -> Iterator[date]:
    """The days of repetitions: the listed ones, and the last one if the rule is simple."""
    for listed in _values(event, "RDATE"):
        yield from (_day(one.dt, zone) for one in getattr(listed, "dts", []) if isinstance(one.dt, date))
    for rule in _values(event, "RRULE"):
        frequency, count, until, step = (next(iter(rule.get(name, [])), None) for name in ("FREQ", "COUNT", "UNTIL", "INTERVAL"))
        days = _STEPS.get(str(frequency), 0) * max(step if isinstance(step, int) else 1, 1)
        is_plain = days > 0 and not any(name.startswith("BY") for name in rule)
        if isinstance(until, date):
            last = max(first, _day(until, zone))
            yield last - timedelta(days=(last - first).days % days) if is_plain else last
        elif is_plain and isinstance(count, int):
            with suppress(OverflowError):
                yield first + timedelta(days=days * max(count - 1, 0))


def _time(event: Any, name: str) -> date | None:
    return next((value.dt for value in _values(event, name) if isinstance(getattr(value, "dt", None), date)), None)


def _day(time: date, zone: tzinfo | None, *, is_end: bool = False) -> date:
    """The day of a time in its own time zone, else in the calendar's. The time of an end is not part of the event."""
    if isinstance(time, datetime):
        return last_day(time, zone) if is_end else local_day(time, zone)
    return time - timedelta(days=1) if is_end and time > date.min else time


def _text(component: Any, name: str) -> str:
    return next(map(str, _values(component, name)), "").strip()


def _values(component: Any, name: str) -> list[Any]:
    """The readable values of a property."""
    values = component.get(name, [])
    return [value for value in (values if isinstance(values, list) else [values]) if not isinstance(value, vBroken)]
