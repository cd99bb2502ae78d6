"""Times as other systems write them: in ISO 8601, or with day, month and year in another order."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final

DAY_FIRST: Final = "day-first"
MONTH_FIRST: Final = "month-first"
MAX_CHARACTERS: Final = 100

_NO_TIME: Final = "is not a time; expected one like 2026-07-08T10:00:00+02:00"
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY: Final = (
    r"(?:(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\.?,? )?"
    r"(?:(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"|(?P<dotted_day>\d{1,2})\.(?P<dotted_month>\d{1,2})\.(?P<dotted_year>\d{4}|\d{2})"
    r"|(?P<one>\d{1,2})[-/](?P<other>\d{1,2})[-/](?P<last>\d{4}|\d{2})"
    rf"|(?P<named>{_NAMED}) (?P<named_day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<named_year>\d{{4}})"
    rf"|(?P<day_named>\d{{1,2}})(?:st|nd|rd|th)?\.?[ -](?P<named_month>{_NAMED}),?[ -](?P<year_named>\d{{4}}))"
)
_TIME: Final = (
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r" ?(?P<half>[ap]\.? ?m\.?)?"
    # With an offset, a comment (RFC 5322) or the zone's name (RFC 9557) may follow.
    r"(?: ?(?P<zone>z|utc|gmt|(?:utc|gmt)? ?[+-]\d{1,2}(?::?\d{2})?)(?: ?\([^()]{1,60}\)| ?\[[^\[\]]{1,60}\])?)?"
)
_WRITTEN: Final = re.compile(rf"{_DAY}(?:,? at |, ?| ?t| | - ){_TIME}", re.ASCII)
"""After lower case and single spaces."""
_ISO: Final = re.compile(
    r"(?:\d{4}-\d\d-\d\d|\d{8}|\d{4}-?w\d\d-?\d)[t ]\d\d:?\d\d(?::?\d\d(?:[.,]\d{1,9})?)?"
    r"(?:z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
"""What Python reads in ISO 8601 and everybody means by it: fractions of hours and minutes it takes for those of seconds."""
_LETTERS: Final = re.compile(r" \(?[a-z]{2,5}\)?$")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WORDS: Final = ((" noon", " 12:00"), (" midnight", " 00:00"))


class TimeRefused(ValueError):
    """The text is no time, or could be two. ``remedy`` is what a request can tell to have it read, if that helps."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason + remedy)
        self.reason = reason


def read_time(text: str, zone: tzinfo | None, dates: str = "") -> datetime:
    """The time that is written, with its offset, or else in this zone.

    24:00 is the beginning of the next day, a leap second the end of its minute. ``dates`` tells which comes first in dates such
    as 07/08/2026, where the numbers do not.

    Raises:
        TimeRefused: it is none, or needs ``zone`` or ``dates``; or the clocks of ``zone`` never showed it, or showed it twice.
    """
    time = read_clock(text, dates)
    if time.tzinfo is not None:
        return time
    if zone is None:
        raise TimeRefused("has no offset from UTC; write it like 2026-07-08T10:00:00+02:00", ", or send ?timezone=")
    return _in_zone(time, zone)


def read_clock(text: str, dates: str = "") -> datetime:
    """As ``read_time``; without an offset, it is what the clocks show there.

    Raises:
        TimeRefused: it is none, or needs ``dates``.
    """
    if len(text) > MAX_CHARACTERS:
        raise TimeRefused(_NO_TIME)
    text = " ".join(text.replace("\u200e", "").replace("\u200f", "").replace("\u2212", "-").lower().split())
    return _read(text, dates)


def from_unix(number: float) -> datetime:
    """The time of Unix seconds, or of milliseconds, which have three digits more.

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
        raise TimeRefused("comes twice in its time zone, as the clocks are put back then; write it with its offset from UTC")
    raise TimeRefused("does not exist in its time zone, as the clocks are put forward then; is it in another zone?")


def _read(text: str, dates: str) -> datetime:
    if _ISO.fullmatch(text):
        with suppress(ValueError):  # of 24:00 and leap seconds
            return datetime.fromisoformat(text.upper())
    for word, clock in _WORDS:
        text = text.replace(word, clock)
    found = _WRITTEN.fullmatch(text)
    if found is None and _WRITTEN.fullmatch(_LETTERS.sub("", text)):
        raise TimeRefused("names its time zone by letters, which mean several; write its offset, as in +02:00")
    if found is None or (found["minute"] is None and found["half"] is None):
        raise TimeRefused(_NO_TIME)
    year, month, day = _day(found, dates)
    hour, minute, second = _hour(found), int(found["minute"] or 0), int(found["second"] or 0)
    fraction = int((found["fraction"] or "").ljust(6, "0")[:6])
    is_next_day = (hour, minute, second, fraction) == (24, 0, 0, 0)
    if second == 60 and minute == 59:
        second, fraction = 59, 999_999
    try:
        time = datetime(year, month, day, 0 if is_next_day else hour, minute, second, fraction, tzinfo=_offset(found))
        return time + timedelta(days=1) if is_next_day else time
    except (ValueError, OverflowError):
        raise TimeRefused(_NO_TIME) from None


def _day(found: re.Match[str], dates: str) -> tuple[int, int, int]:
    if found["year"]:
        return int(found["year"]), int(found["month"]), int(found["day"])
    if found["dotted_year"]:
        return _year(found["dotted_year"]), int(found["dotted_month"]), int(found["dotted_day"])
    if named := found["named"] or found["named_month"]:
        day, year = found["named_day"] or found["day_named"], found["named_year"] or found["year_named"]
        return int(year), 1 + _MONTHS.index(named[:3]), int(day)
    one, other, last = found["one"], found["other"], found["last"]
    orders = {DAY_FIRST: (_year(last), int(other), int(one)), MONTH_FIRST: (_year(last), int(one), int(other))}
    if dates:
        return orders[dates]
    possible = {day for day in orders.values() if _is_day(*day)}
    if len(one) == len(last) == 2 and _is_day(year_first := _year(one), int(other), int(last)):
        possible.add((year_first, int(other), int(last)))
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


def _hour(found: re.Match[str]) -> int:
    hour = int(found["hour"])
    if not found["half"]:
        return hour
    if not 1 <= hour <= 12:
        raise TimeRefused(_NO_TIME)
    return hour % 12 + (12 if found["half"].startswith("p") else 0)


def _offset(found: re.Match[str]) -> timezone | None:
    if not found["zone"]:
        return None
    hours, minutes = re.search(r"(\d{1,2})?:?(\d{2})?$", found["zone"]).groups()  # type: ignore[union-attr]
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if offset >= timedelta(days=1):
        raise TimeRefused(_NO_TIME)
    return timezone(-offset if "-" in found["zone"] else offset)
