"""Reads times as other systems write them: in ISO 8601, or with day, month and year in another order."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final

DAY_FIRST: Final = "day-first"
MONTH_FIRST: Final = "month-first"
MAX_CHARACTERS: Final = 100

_NO_TIME: Final = "is not a time; write it like 2026-07-08T10:00:00+02:00"
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY: Final = (
    r"(?:(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\.?,? )?"
    r"(?:(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"|(?P<dotted_day>\d{1,2})\.(?P<dotted_month>\d{1,2})\.(?P<dotted_year>\d{4}|\d{2})"
    r"|(?P<first>\d{1,2})[-/](?P<second_number>\d{1,2})[-/](?P<third>\d{4}|\d{2})"
    rf"|(?P<named>{_NAMED}) (?P<named_day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<named_year>\d{{4}})"
    rf"|(?P<day_named>\d{{1,2}})(?:st|nd|rd|th)?\.?[ -](?P<named_month>{_NAMED}),?[ -](?P<year_named>\d{{4}}))"
)
_TIME: Final = (
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r" ?(?P<half>[ap]\.? ?m\.?)?"
    # With an offset, a comment (RFC 5322) or the zone's name (RFC 9557) may follow.
    r"(?: ?(?P<zone>z|utc|gmt|(?:utc|gmt)? ?[+-]\d{1,2}(?::?\d{2})?)(?: ?\([^()]{1,60}\)| ?\[[^\[\]]{1,60}\])?)?"
)
_TIME_TEXT: Final = re.compile(rf"{_DAY}(?:,? at |, ?| ?t| | - ){_TIME}", re.ASCII)
"""A time in lower case, with single spaces."""
_ISO: Final = re.compile(
    r"(?:\d{4}-\d\d-\d\d|\d{8}|\d{4}-?w\d\d-?\d)[t ]\d\d:?\d\d(?::?\d\d(?:[.,]\d{1,9})?)?"
    r"(?:z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
"""The forms of ISO 8601 that Python reads correctly. It would take fractions of hours or minutes for fractions of seconds."""
_ZONE_LETTERS: Final = re.compile(r" \(?[a-z]{2,5}\)?$")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_WORDS: Final = ((" noon", " 12:00"), (" midnight", " 00:00"))


class TimeRefused(ValueError):
    """The text is not a time, or is ambiguous. ``remedy`` says which query parameter would help, if one would."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason + remedy)
        self.reason = reason


def read_time(text: str, zone: tzinfo | None, dates: str = "") -> datetime:
    """The time in a text. Without an offset it is in ``zone``.

    24:00 is the beginning of the next day, and a leap second is the end of its minute. ``dates`` says whether day or month comes
    first in an ambiguous date such as 07/08/2026.

    Raises:
        TimeRefused: it is not a time, or needs ``zone`` or ``dates``, or does not exist in ``zone``, or exists twice there.
    """
    time = read_clock(text, dates)
    if time.tzinfo is not None:
        return time
    if zone is None:
        raise TimeRefused("has no offset from UTC; write it like 2026-07-08T10:00:00+02:00", ", or send ?timezone=")
    return _in_zone(time, zone)


def read_clock(text: str, dates: str = "") -> datetime:
    """The time in a text; without an offset, it is a local time (a naive ``datetime``). See ``read_time`` for ``dates``.

    Raises:
        TimeRefused: it is not a time, or needs ``dates``.
    """
    if len(text) > MAX_CHARACTERS:
        raise TimeRefused(_NO_TIME)
    text = " ".join(text.replace("\u200e", "").replace("\u200f", "").replace("\u2212", "-").lower().split())
    return _read(text, dates)


def from_unix(number: float) -> datetime:
    """The time of a number of Unix seconds, or of milliseconds if it has three digits more.

    Raises:
        TimeRefused: it is out of range.
    """
    try:
        return _EPOCH + (timedelta(milliseconds=number) if abs(number) >= 1e11 else timedelta(seconds=number))
    except (ValueError, OverflowError):
        raise TimeRefused(_NO_TIME) from None


def _in_zone(time: datetime, zone: tzinfo) -> datetime:
    first, second = time.replace(tzinfo=zone, fold=0), time.replace(tzinfo=zone, fold=1)
    try:
        before, after = first.utcoffset(), second.utcoffset()
    except OverflowError:
        raise TimeRefused(_NO_TIME) from None
    if before == after or before is None or after is None:
        return first
    if before > after:
        raise TimeRefused("occurs twice in its time zone, as the clocks go back then; write it with its offset from UTC")
    raise TimeRefused("does not exist in its time zone, as the clocks go forward then; is it in another zone?")


def _read(text: str, dates: str) -> datetime:
    if _ISO.fullmatch(text):
        with suppress(ValueError):  # 24:00 and leap seconds
            return datetime.fromisoformat(text.upper())
    for word, time_of_day in _CLOCK_WORDS:
        text = text.replace(word, time_of_day)
    match = _TIME_TEXT.fullmatch(text)
    if match is None and _TIME_TEXT.fullmatch(_ZONE_LETTERS.sub("", text)):
        raise TimeRefused("has an ambiguous time zone abbreviation; write its offset, as in +02:00")
    if match is None or (match["minute"] is None and match["half"] is None):
        raise TimeRefused(_NO_TIME)
    year, month, day = _day(match, dates)
    hour, minute, second = _hour(match), int(match["minute"] or 0), int(match["second"] or 0)
    fraction = int((match["fraction"] or "").ljust(6, "0")[:6])
    is_next_day = (hour, minute, second, fraction) == (24, 0, 0, 0)
    if second == 60 and minute == 59:
        second, fraction = 59, 999_999
    try:
        time = datetime(year, month, day, 0 if is_next_day else hour, minute, second, fraction, tzinfo=_offset(match))
        return time + timedelta(days=1) if is_next_day else time
    except (ValueError, OverflowError):
        raise TimeRefused(_NO_TIME) from None


def _day(match: re.Match[str], dates: str) -> tuple[int, int, int]:
    if match["year"]:
        return int(match["year"]), int(match["month"]), int(match["day"])
    if match["dotted_year"]:
        return _year(match["dotted_year"]), int(match["dotted_month"]), int(match["dotted_day"])
    if named := match["named"] or match["named_month"]:
        day, year = match["named_day"] or match["day_named"], match["named_year"] or match["year_named"]
        return int(year), 1 + _MONTHS.index(named[:3]), int(day)
    first, second, third = match["first"], match["second_number"], match["third"]
    orders = {DAY_FIRST: (_year(third), int(second), int(first)), MONTH_FIRST: (_year(third), int(first), int(second))}
    if dates:
        return orders[dates]
    possible = {day for day in orders.values() if _is_day(*day)}
    if len(first) == len(third) == 2 and _is_day(leading_year := _year(first), int(second), int(third)):
        possible.add((leading_year, int(second), int(third)))
    if len(possible) > 1:
        raise TimeRefused("could be two days", f"; send ?dates={DAY_FIRST} or ?dates={MONTH_FIRST}")
    if not possible:
        raise TimeRefused(_NO_TIME)
    return possible.pop()


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _hour(match: re.Match[str]) -> int:
    hour = int(match["hour"])
    if not match["half"]:
        return hour
    if not 1 <= hour <= 12:
        raise TimeRefused(_NO_TIME)
    return hour % 12 + (12 if match["half"].startswith("p") else 0)


def _offset(match: re.Match[str]) -> timezone | None:
    if not match["zone"]:
        return None
    hours, minutes = re.search(r"(\d{1,2})?:?(\d{2})?$", match["zone"]).groups()  # type: ignore[union-attr]
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if offset >= timedelta(days=1):
        raise TimeRefused(_NO_TIME)
    return timezone(-offset if "-" in match["zone"] else offset)
