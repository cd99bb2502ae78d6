"""Reads sessions in JSON, as pretalx, frab, Sessionize and others export them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from registration.schedules.fields import Unreadable, as_date, as_text
from registration.schedules.schedule import Schedule
from shared.worded import Worded

_LISTS: Final = ("results", "slots", "talks", "sessions", "events")
"""The names that lists of sessions have in objects."""
_IDS: Final = ("code", "guid", "id", "uid", "uuid", "slug")
_TITLES: Final = ("title", "name", "summary")
_STARTS: Final = ("start", "startsAt", "starts_at", "startTime", "start_time", "startDate", "start_date", "start_dt", "begin")
_ENDS: Final = ("end", "endsAt", "ends_at", "endTime", "end_time", "endDate", "end_date", "end_dt")
_NOT_SCHEDULED: Final = {
    *("submitted", "rejected", "canceled", "cancelled", "withdrawn", "deleted", "draft"),
    *("declined", "nominated", "waitlisted", "accept queue", "decline queue", "accept_queue", "decline_queue"),
}
"""The states, in pretalx and Sessionize, of submissions that are not in the schedule."""
_MAX_GROUPS: Final = 4
"""How deeply groups, such as days and rooms, may be nested."""
_OTHER_CATEGORIES: Final = ("format", "level", "language", "length", "duration", "type")
"""Words in the names of Sessionize's categories that are not topics."""


def read_sessions(document: Any, schedule: Schedule) -> None:
    """Add the sessions of a list, a page of results, slots, days, rooms or groups, or an object with sessions by id.

    Raises:
        Unreadable: it is none of these.
    """
    if isinstance(document, dict) and document.get("next"):
        raise Unreadable("next", Worded("this is only one page of several; send all sessions in one file"))
    names = _names_of_categories(document)
    for place, entry in _entries(document, ""):
        session = entry.get("submission", entry) if isinstance(entry, dict) else entry
        if session is None:
            continue  # a slot without a session: a break
        for slot in [entry, *_slots(session)]:
            if isinstance(slot, dict):
                _extend(schedule, slot, _STARTS, place)
                _extend(schedule, slot, _ENDS, place, is_end=True)
        add_session(session, place, schedule, names, entry)


def _entries(document: Any, place: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The sessions, each with its place. Days and groups contain sessions, or rooms with sessions."""
    if depth > _MAX_GROUPS:
        raise Unreadable(place, Worded("is nested too deeply; expected sessions here"))
    if isinstance(document, list):
        for index, entry in enumerate(document):
            there = f"{place}.{index}".lstrip(".")
            if (
                isinstance(entry, dict)
                and isinstance(inner := entry.get("sessions", entry.get("rooms")), list)
                and _is_group(entry)
            ):
                yield from _entries(inner, f"{there}.{'sessions' if 'sessions' in entry else 'rooms'}", depth + 1)
            else:
                yield there, entry
        return
    name = next((name for name in _LISTS if name in document), "") if isinstance(document, dict) else ""
    if name:
        yield from _entries(as_array(document[name], name), name, depth + 1)
    elif (
        isinstance(document, dict)
        and document
        and all(isinstance(value, dict) and "title" in value for value in document.values())
    ):
        yield from ((id[:50], {"id": id, **session}) for id, session in document.items())
    else:
        raise Unreadable(
            "body",
            Worded("expected an object with 'schedule' (c3voc schema), or a list of sessions as in pretalx or Sessionize"),
        )


def _is_group(entry: Mapping[str, Any]) -> bool:
    return not any(name in entry for name in ("title", "code"))


def add_session(
    event: Any, place: str, schedule: Schedule, categories: Mapping[str, str] | None = None, slot: Any = None
) -> None:
    """Add a session, or note why it is omitted.

    ``categories`` maps ids of categories to their names; ``slot`` is what contains the session and may say when it is.
    """
    if not isinstance(event, dict):
        schedule.note(place, Worded("is not a session; left out"))
        return
    state = as_text(event.get("state")) or as_text(event.get("status"))
    if state.lower() in _NOT_SCHEDULED:
        schedule.note(place, Worded("is %(state)s; left out", state=state[:50]))
        return
    if event.get("isServiceSession") is True and not event.get("speakers"):
        schedule.note(place, Worded("is a service session without a speaker, such as a break; left out"))
        return
    ids = (event.get(name) for name in _IDS)
    # Without a time, a name may be a person's.
    titles = _TITLES if any(event.get(name) for name in _STARTS) else _TITLES[:1]
    title = next((event[name] for name in titles if as_text(event.get(name))), None)
    topics = [*_terms(event.get("track")), *_terms(event.get("tags")), *_categories(event, categories or {})]
    skills = [*_terms(event.get("keywords")), *_terms(event.get("skills"))]
    about = (event.get("abstract"), event.get("description"))
    url = event.get("url") or event.get("link")
    schedule.add(place, ids, title, topics, skills, about, url=url, starts=_start(slot, *_slots(event), event))


def _names_of_categories(document: Any) -> dict[str, str]:
    """The names of Sessionize's categories that are topics, by id."""
    categories = document.get("categories") if isinstance(document, dict) else None
    names: dict[str, str] = {}
    for category in categories if isinstance(categories, list) else ():
        if isinstance(category, dict) and _is_of_topics(category.get("title")):
            items = category.get("items")
            names |= {
                as_text(item.get("id")): as_text(item.get("name"))
                for item in (items if isinstance(items, list) else ())
                if isinstance(item, dict)
            }
    return names


def _categories(event: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    """The topics among a session's categories, which are given by id or with their names."""
    items, categories = event.get("categoryItems"), event.get("categories")
    yield from (names[id] for id in map(as_text, items if isinstance(items, list) else ()) if id in names)
    for category in categories if isinstance(categories, list) else ():
        if isinstance(category, dict) and "categoryItems" in category and _is_of_topics(category.get("name")):
            yield from map(as_text, _terms(category["categoryItems"]))


def _is_of_topics(title: object) -> bool:
    return not any(word in as_text(title).lower() for word in _OTHER_CATEGORIES)


def _start(*slots: Any) -> object:
    """The first time that these say with a day. The c3voc schema has it as ``date``, beside a ``start`` without one."""
    found = (slot.get(name) for slot in slots if isinstance(slot, dict) for name in ("date", *_STARTS))
    return next(filter(None, found), None)


def _slots(session: Any) -> list[Any]:
    slots = session.get("slots") if isinstance(session, dict) else None
    return slots if isinstance(slots, list) else []


def _terms(value: Any) -> Iterator[object]:
    """The names in a value: a text, a list, or objects with names. A number is a reference, not a name."""
    for item in value if isinstance(value, list) else (value,):
        name = next((item[key] for key in ("name", "tag", "title") if key in item), item) if isinstance(item, dict) else item
        if isinstance(name, str) or isinstance(item, dict):
            yield as_text(name)


def _extend(schedule: Schedule, slot: Mapping[str, Any], names: Iterable[str], place: str, *, is_end: bool = False) -> None:
    """Extend the conference to the first of these fields that is a date."""
    wrong = ""
    for name in names:
        try:
            if day := as_date(slot.get(name), name, is_end=is_end):
                schedule.extend(day)
                return
        except Unreadable:
            wrong = wrong or name
    if wrong:
        schedule.note(f"{place}.{wrong}", Worded("is not a date; left out"))


def as_object(value: Any, place: str) -> dict[str, Any]:
    """The value as an object. Raises ``Unreadable`` if it is not one."""
    if not isinstance(value, dict):
        raise Unreadable(place, Worded("expected an object here"))
    return value


def as_array(value: Any, place: str) -> list[Any]:
    """The value as an array. Raises ``Unreadable`` if it is not one."""
    if not isinstance(value, list):
        raise Unreadable(place, Worded("expected an array here"))
    return value
