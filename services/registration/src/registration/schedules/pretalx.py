"""Schedules in JSON: the c3voc schema (pretalx, frab exports), and sessions with the fields of pretalx's API."""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from registration.schedules.schedule import Schedule, Unreadable, as_date, as_name, as_text, known_zone

_NOT_HELD: Final = {"submitted", "rejected", "canceled", "cancelled", "withdrawn", "deleted", "draft"}
"""States of a submission to pretalx that will not be held, or not yet."""
_MOST_SHOWN: Final = 50
"""Characters of a room's name in a place: a long one would be copied for each of its sessions."""


def read(body: bytes) -> Schedule:
    """The schedule in such a file.

    Raises:
        Unreadable: it is no JSON, or has neither of the shapes.
    """
    try:
        document = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        reason = "is nested too deeply" if "depth" in error.msg or "recursion" in error.msg else f"is not JSON: {error.msg}"
        raise Unreadable(f"line {error.lineno}, column {error.colno}", reason) from None
    schedule = Schedule()
    part = document.get("schedule") if isinstance(document, dict) else None
    if isinstance(part, dict) and "conference" in part:
        _read_c3voc(part["conference"], schedule)
    elif isinstance(part, dict):
        _read_days(part, schedule)
        if document.get("sprints"):
            schedule.note("sprints", "are not part of the schedule; left out")
    else:
        _read_submissions(document, schedule)
    return schedule


def _read_c3voc(conference: Any, schedule: Schedule) -> None:
    place = "schedule.conference"
    days = _object(conference, place).get("days")
    schedule.name = as_name(conference.get("title"))
    zone = known_zone(as_text(conference.get("time_zone_name")))
    schedule.starts = as_date(conference.get("start"), f"{place}.start", zone)
    schedule.ends = as_date(conference.get("end"), f"{place}.end", zone)
    for number, day in enumerate(_array(days, f"{place}.days")):
        there = f"{place}.days.{number}"
        _extend(schedule, _object(day, there).get("date"), f"{there}.date")
        for room, events in _object(day.get("rooms"), f"{there}.rooms").items():
            within = f"{there}.rooms.{room[:_MOST_SHOWN]}"
            for index, event in enumerate(_array(events, within)):
                _add(event, f"{within}.{index}", schedule)


def _read_days(days: dict[str, Any], schedule: Schedule) -> None:
    """``{day: {minute of the day: {room: session}}}``."""
    for day, times in days.items():
        place = f"schedule.{day[:_MOST_SHOWN]}"
        _extend(schedule, day, place)
        for time, rooms in _object(times, place).items():
            within = f"{place}.{time[:_MOST_SHOWN]}"
            for room, session in _object(rooms, within).items():
                _add(session, f"{within}.{room[:_MOST_SHOWN]}", schedule)


def _read_submissions(document: Any, schedule: Schedule) -> None:
    """A list of sessions, or a page of one (``results``), or the slots of one version of the schedule (``slots``)."""
    place = ""
    if isinstance(document, dict):
        place = next((name for name in ("results", "slots", "talks") if name in document), "")
        if not place:
            raise Unreadable("body", "expected an object with 'schedule' (c3voc schema), or pretalx's list of sessions")
        if document.get("next"):
            raise Unreadable("next", "this is one page of several; send all sessions in one file")
        document = document[place]
    for index, entry in enumerate(_array(document, place or "body")):
        there = f"{place}.{index}".lstrip(".")
        session = entry.get("submission", entry) if isinstance(entry, dict) else entry
        if session is None:
            continue  # a slot without a session: a break
        for slot in [entry, *_slots(session)]:
            if isinstance(slot, dict):
                _extend(schedule, slot.get("start"), f"{there}.start")
                _extend(schedule, slot.get("end"), f"{there}.end", is_end=True)
        _add(session, there, schedule)


def _slots(session: Any) -> list[Any]:
    slots = session.get("slots") if isinstance(session, dict) else None
    return slots if isinstance(slots, list) else []


def _add(event: Any, place: str, schedule: Schedule) -> None:
    if not isinstance(event, dict):
        schedule.note(place, "is not a session; left out")
    elif (state := as_text(event.get("state"))) in _NOT_HELD:
        schedule.note(place, f"is {state}; left out")
    else:
        ids = (event.get(name) for name in ("code", "guid", "id"))
        topics = [*_terms(event.get("track")), *_terms(event.get("tags"))]
        skills = [*_terms(event.get("keywords")), *_terms(event.get("skills"))]
        schedule.add(place, ids, event.get("title"), topics, skills, (event.get("abstract"), event.get("description")))


def _terms(value: Any) -> Iterator[object]:
    """Names, however they are given: one, a list, objects with the name in them. A bare number is a reference, not a name."""
    for one in value if isinstance(value, list) else (value,):
        name = next((one[key] for key in ("name", "tag", "title") if key in one), one) if isinstance(one, dict) else one
        if isinstance(name, str) or isinstance(one, dict):
            yield as_text(name)


def _extend(schedule: Schedule, value: object, place: str, *, is_end: bool = False) -> None:
    if day := as_date(value, place, is_end=is_end):
        schedule.extend(day)


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(place, "expected an object here")
    return value


def _array(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise Unreadable(place, "expected an array here")
    return value
