"""Reads schedules in JSON: the c3voc schema (exports of pretalx and frab), pretalx's own days, or a list of sessions."""

from typing import Any, Final

import orjson

from registration.schedules.fields import Unreadable, as_date, as_name, as_text, at_line, known_zone
from registration.schedules.schedule import Schedule
from registration.schedules.sessions import add_session, as_array, as_object, read_sessions
from shared.worded import Worded

_MAX_SHOWN: Final = 50
"""How many characters of a room's name a place shows: a long name would be repeated for each session."""


def read(body: bytes) -> Schedule:
    """Read a schedule in JSON.

    Raises:
        Unreadable: it is not JSON, or not one of these schemas.
    """
    try:
        document = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        is_deep = "depth" in error.msg or "recursion" in error.msg
        reason = Worded("is nested too deeply") if is_deep else Worded("is not JSON: %(why)s", why=error.msg)
        raise Unreadable(at_line(error.lineno, error.colno), reason) from None
    schedule = Schedule()
    part = document.get("schedule") if isinstance(document, dict) else None
    if isinstance(part, dict) and "conference" in part:
        _read_c3voc(part["conference"], schedule)
    elif isinstance(part, dict):
        _read_days(part, schedule)
        if document.get("sprints"):
            schedule.note("sprints", Worded("are not part of the schedule; left out"))
    else:
        read_sessions(document, schedule)
    return schedule


def _read_c3voc(conference: Any, schedule: Schedule) -> None:
    place = "schedule.conference"
    days = as_object(conference, place).get("days")
    schedule.name = as_name(conference.get("title"))
    zone = known_zone(as_text(conference.get("time_zone_name")))
    schedule.starts = as_date(conference.get("start"), f"{place}.start", zone)
    schedule.ends = as_date(conference.get("end"), f"{place}.end", zone)
    for number, day in enumerate(as_array(days, f"{place}.days")):
        there = f"{place}.days.{number}"
        _extend(schedule, as_object(day, there).get("date"), f"{there}.date")
        for room, events in as_object(day.get("rooms"), f"{there}.rooms").items():
            within = f"{there}.rooms.{room[:_MAX_SHOWN]}"
            for index, event in enumerate(as_array(events, within)):
                add_session(event, f"{within}.{index}", schedule)


def _read_days(days: dict[str, Any], schedule: Schedule) -> None:
    """Read days in the form ``{day: {minute of the day: {room: session}}}``."""
    for day, times in days.items():
        place = f"schedule.{day[:_MAX_SHOWN]}"
        _extend(schedule, day, place)
        for time, rooms in as_object(times, place).items():
            within = f"{place}.{time[:_MAX_SHOWN]}"
            for room, session in as_object(rooms, within).items():
                add_session(session, f"{within}.{room[:_MAX_SHOWN]}", schedule)


def _extend(schedule: Schedule, value: object, place: str) -> None:
    if day := as_date(value, place):
        schedule.extend(day)
