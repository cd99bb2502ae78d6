"""Reads the fields of schedule files: ids, titles, abstracts, names and dates."""

import hashlib
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from html import unescape
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from registration.session_abstracts import MAX_ABSTRACT, shortened
from registration.time_parser import TimeRefused, from_unix, read_clock
from shared.contract.events.fields import Id, Moment
from shared.worded import Worded

MAX_TITLE: Final = 300
_MAX_READ: Final = 50_000
"""How many characters of a text are read: far more than are kept."""
_MIN_UNIX: Final = 10**9
"""The year 2001 in Unix seconds. A smaller number is a date without separators, such as 20260708."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
# Only the tags of running text are removed. Other text in angle brackets, such as list<int>, stays.
_TAG: Final = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|code|dd|div|dl|dt|em|h[1-6]|hr|i|img|li|ol|p|pre|q|s|small|span|strong|sub|sup|table|tbody|"
    r"td|th|thead|tr|u|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ID: Final = TypeAdapter(Id)
_MOMENT: Final = TypeAdapter[datetime](Moment)


class Unreadable(Exception):
    """The file cannot be read as a schedule: ``place`` is a line or a field, ``reason`` says what was expected there."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.place = place
        self.reason = reason


def at_line(line: int, column: int = 0) -> Worded:
    """A place in a file."""
    return Worded("line %(line)s, column %(column)s", line=line, column=column) if column else Worded("line %(line)s", line=line)


def fit_id(text: str) -> str:
    """The text if it is a valid id; else its valid characters, with a hash that makes it unique."""
    try:
        return _ID.validate_python(text)
    except ValidationError:
        readable = re.sub(r"[^A-Za-z0-9._:~-]+", "-", text[:1000]).lstrip("._:~-")[:100]
        return f"{readable or 'session'}-{hash_of(text, 8)}"


def hash_of(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:digits]


def as_text(value: object) -> str:
    """A text or number on one line; empty for anything else. If the text is in several languages, the English or first one."""
    if isinstance(value, dict):
        value = value.get("en") or next((text for text in value.values() if text), "")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(str(value)[:_MAX_READ].split())


def one_line(value: object) -> str:
    """The text without characters that names and titles cannot contain."""
    return " ".join(_CONTROL.sub(" ", as_text(value)).split())


def as_abstract(values: Iterable[object]) -> str | None:
    """The texts, each once, as plain text of at most ``MAX_ABSTRACT`` characters; None if they are empty."""
    texts = (_unescaped(_TAG.sub(" ", as_text(value))) for value in values)
    once = dict.fromkeys(" ".join(_CONTROL.sub(" ", text).split()) for text in texts)
    return shortened(" ".join(filter(None, once)), MAX_ABSTRACT) or None


def _unescaped(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:  # a character reference with thousands of digits
        return text


def as_name(value: object) -> str | None:
    """The name of a conference, without characters that names cannot contain; None if it is empty."""
    return one_line(value)[:MAX_TITLE].strip() or None


def as_date(value: object, place: str, zone: tzinfo | None = None, *, is_end: bool = False) -> date | None:
    """The day of a date or time, in its own time zone; None if it is empty. See ``read_clock`` for the forms.

    The day of a time in UTC, or in Unix seconds, is the day in ``zone``, if that is known. An end at midnight belongs to the day
    before.

    Raises:
        Unreadable: it is not a date.
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
            raise Unreadable(place, Worded("is not a date; expected one like 2026-07-08")) from None
    return last_day(time, zone) if is_end else local_day(time, zone)


def as_moment(value: object) -> datetime | None:
    """The time, if the value is one with its offset: of others, it is not known which moment they mean."""
    if isinstance(value, datetime):
        time = value
    else:
        try:
            time = from_unix(value) if isinstance(value, int) and value >= _MIN_UNIX else read_clock(as_text(value))
        except TimeRefused:
            return None
    try:
        return _MOMENT.validate_python(time)
    except ValidationError:
        return None


def known_zone(name: str) -> tzinfo | None:
    """The time zone with this name in the IANA database; None if there is none."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def local_day(time: datetime, zone: tzinfo | None) -> date:
    """The day of a time in its own time zone; of a time in UTC, the day in ``zone``, if that is known."""
    try:
        return time.astimezone(zone).date() if zone and time.tzname() == "UTC" else time.date()
    except OverflowError:
        return time.date()


def last_day(end: datetime, zone: tzinfo | None) -> date:
    """The last day of something that ends at this time, which is not part of it."""
    try:
        return local_day(end - timedelta(microseconds=1), zone)
    except OverflowError:
        return end.date()
