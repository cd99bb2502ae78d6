"""What a schedule's file says, whatever its format."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from html import unescape
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from registration.abstracts import MAX_ABSTRACT, shortened
from registration.times import TimeRefused, from_unix, read_clock
from shared.contract.events.fields import Id, Term
from shared.contract.events.registration import Session

MAX_SESSIONS: Final = 10_000
MAX_TITLE: Final = 300
MAX_NOTES: Final = 1000
MAX_NOTED: Final = 20_000
"""With more that is left out or changed, it is no schedule, or not one to be read by halves."""
_MAX_TERMS: Final = 200
_MAX_READ: Final = 50_000
"""Characters of one text that are looked at: far more than are kept."""
_MIN_UNIX: Final = 10**9
"""Of 2001: a smaller number is a date without separators, as 20260708."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
# The tags of running text only: what else stands in angle brackets may be meant, such as list<int>.
_TAG: Final = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|code|dd|div|dl|dt|em|h[1-6]|hr|i|img|li|ol|p|pre|q|s|small|span|strong|sub|sup|table|tbody|"
    r"td|th|thead|tr|u|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ID: Final = TypeAdapter(Id)
_TERM: Final = TypeAdapter(Term)


class Unreadable(Exception):
    """The file cannot be read as a schedule: ``place`` (a line, a field) and what was expected there."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.place = place
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Note:
    """Something in the file that was left out or changed: where, and why."""

    place: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Entry:
    session: Session
    is_main: bool


@dataclass(slots=True)
class Schedule:
    """What the file says of the conference (None where it does not) and its sessions, each once."""

    name: str | None = None
    starts: date | None = None
    ends: date | None = None
    notes: list[Note] = field(default_factory=list)
    """What was left out or changed, the first ``MAX_NOTES`` of it."""
    noted: int = 0
    """How many notes there would be."""
    _entries: dict[str, dict[str, _Entry]] = field(default_factory=dict)
    """By the id that the file gives, and by title: what has the same id and another title is another session."""
    _count: int = 0

    @property
    def sessions(self) -> list[Session]:
        """The sessions. Of several with one id each gets an id made of it and its title, whatever their order in the file."""
        return [
            entry.session if _keeps_id(entry, entries) else entry.session.model_copy(update={"id": _apart(entry.session)})
            for entries in self._entries.values()
            for entry in entries.values()
        ]

    def note(self, place: str, detail: str) -> None:
        """Raises ``Unreadable`` where there are more than ``MAX_NOTED``."""
        self.noted += 1
        if self.noted > MAX_NOTED:
            raise Unreadable(place, f"more than {MAX_NOTED:,} entries cannot be taken over as they are; this one {detail}")
        if self.noted <= MAX_NOTES:
            self.notes.append(Note(place[:200], detail))

    def extend(self, day: date) -> None:
        """Let the conference last at least from this day to this day."""
        self.starts = min(self.starts or day, day)
        self.ends = max(self.ends or day, day)

    def add(
        self,
        place: str,
        ids: Iterable[object],
        title: object,
        topics: Iterable[object],
        skills: Iterable[object],
        about: Iterable[object] = (),
        *,
        is_main: bool = True,
    ) -> None:
        """Take up a session, or note why not. Its id is the first of ``ids`` that there is, ``about`` makes its abstract.

        Without an id, its title is one. The only session of an id that ``is_main`` keeps that id, whatever others have it.

        Raises:
            Unreadable: there are more than ``MAX_SESSIONS``.
        """
        text = one_line(title)
        if not text:
            self.note(place, "has no title; left out")
            return
        if len(text) > MAX_TITLE:
            text = text[: MAX_TITLE - 1] + "…"
            self.note(place, f"the title is cut to {MAX_TITLE} characters")
        identifier = next((found for id in ids if (found := as_text(id))), None)
        if identifier is None:
            identifier = text
            self.note(place, "has no id; it gets one that is made of its title")
        session = Session(
            id=fit_id(identifier),
            title=text,
            topics=self._terms(place, topics),
            skills=self._terms(place, skills),
            abstract=as_abstract(about),
        )
        entries = self._entries.setdefault(session.id, {})
        if known := entries.get(text):
            same = "again" if known.session == session else "again, and differently"
            self.note(place, f"session {session.id} comes {same}; the first is kept")
            entries[text] = _Entry(known.session, known.is_main or is_main)
            return
        if entries:
            self.note(place, f"another session has the id {session.id} too; both are kept, apart by their titles")
        if self._count == MAX_SESSIONS:
            raise Unreadable(place, f"a conference may have {MAX_SESSIONS:,} sessions; here is one more")
        entries[text] = _Entry(session, is_main)
        self._count += 1

    def _terms(self, place: str, values: Iterable[object]) -> list[str]:
        """Those of the values that can be a skill or a topic, each once."""
        terms: dict[str, str] = {}
        for value in values:
            if not (text := as_text(value)):
                continue
            try:
                terms.setdefault(text.casefold(), _TERM.validate_python(text))
            except ValidationError as error:
                self.note(place, f"a topic or skill is left out: {error.errors()[0]['msg'].removeprefix('Value error, ')}")
        if len(terms) > _MAX_TERMS:
            self.note(place, f"has {len(terms)} topics or skills; the first {_MAX_TERMS} are kept")
        return list(terms.values())[:_MAX_TERMS]


def _keeps_id(entry: _Entry, entries: dict[str, _Entry]) -> bool:
    return len(entries) == 1 or (entry.is_main and sum(one.is_main for one in entries.values()) == 1)


def _apart(session: Session) -> str:
    """The session's id with a hash of its title."""
    return f"{session.id[:110]}~{_hash(f'{session.id} {session.title}', 16)}"


def fit_id(text: str) -> str:
    """The text itself where it can be an id; else what of it can, with a hash that keeps it apart from others."""
    try:
        return _ID.validate_python(text)
    except ValidationError:
        readable = re.sub(r"[^A-Za-z0-9._:~-]+", "-", text[:1000]).lstrip("._:~-")[:100]
        return f"{readable or 'session'}-{_hash(text, 8)}"


def _hash(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:digits]


def as_text(value: object) -> str:
    """A text or number on one line, "" for anything else. Of a text in several languages, English or else the first."""
    if isinstance(value, dict):
        value = value.get("en") or next((text for text in value.values() if text), "")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(str(value)[:_MAX_READ].split())


def one_line(value: object) -> str:
    """The text without what neither a name nor a title can hold."""
    return " ".join(_CONTROL.sub(" ", as_text(value)).split())


def as_abstract(values: Iterable[object]) -> str | None:
    """These texts, each once, as plain text of at most ``MAX_ABSTRACT`` characters; None where there is nothing to read."""
    texts = (_unescaped(_TAG.sub(" ", as_text(value))) for value in values)
    once = dict.fromkeys(" ".join(_CONTROL.sub(" ", text).split()) for text in texts)
    return shortened(" ".join(filter(None, once)), MAX_ABSTRACT) or None


def _unescaped(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:  # the number of a character has thousands of digits
        return text


def as_name(value: object) -> str | None:
    """The name of a conference, without what a name cannot hold; None where there is none."""
    return one_line(value)[:MAX_TITLE].strip() or None


def as_date(value: object, place: str, zone: tzinfo | None = None, *, is_end: bool = False) -> date | None:
    """The day of a date or time, as local as it is written, None where there is none. See ``read_clock`` for its forms.

    A time in UTC, or in Unix seconds, is taken by the day in ``zone``, if that is known. An end at midnight is on the day that
    ends.

    Raises:
        Unreadable: there is something, but it is no date.
    """
    text = as_text(value)
    if not text:
        return None
    try:
        time = from_unix(value) if isinstance(value, int) and value >= _MIN_UNIX else read_clock(text)
    except TimeRefused:
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            raise Unreadable(place, "is not a date; expected one like 2026-07-08") from None
    return last_day(time, zone) if is_end else local_day(time, zone)


def known_zone(name: str) -> tzinfo | None:
    """The time zone of this name in IANA's database; None where there is none."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def local_day(time: datetime, zone: tzinfo | None) -> date:
    """The day of a time on its own clock, of one in UTC on the clock of the zone, if that is known."""
    try:
        return time.astimezone(zone).date() if zone and time.tzname() == "UTC" else time.date()
    except OverflowError:
        return time.date()


def last_day(end: datetime, zone: tzinfo | None) -> date:
    """The last day of what lasts until this time, which is not part of it."""
    try:
        return local_day(end - timedelta(microseconds=1), zone)
    except OverflowError:
        return end.date()
