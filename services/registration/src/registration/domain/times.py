"""Times as exports write them: in ISO 8601, or with day, month and year in another order."""

import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Final

DAY_FIRST: Final = "day-first"
MONTH_FIRST: Final = "month-first"
MOST_CHARACTERS: Final = 60

_NO_TIME: Final = "is not a time; expected one like 2026-07-08T10:00:00+02:00"
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED: Final = rf"(?:{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_WRITTEN: Final = re.compile(
    r"(?:[a-z]{2,9},? )?"
    r"(?:(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"|(?P<dotted_day>\d{1,2})\.(?P<dotted_month>\d{1,2})\.(?P<dotted_year>\d{4}|\d{2})"
    r"|(?P<one>\d{1,2})[-/](?P<other>\d{1,2})[-/](?P<their_year>\d{4}|\d{2})"
    rf"|(?P<named>{_NAMED}) (?P<named_day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<named_year>\d{{4}})"
    rf"|(?P<day_named>\d{{1,2}})(?:st|nd|rd|th)?\.?[ -](?P<named_month>{_NAMED}),?[ -](?P<year_named>\d{{4}}))"
    r"(?:,? at |, ?| ?t| )"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?)? ?(?P<half>[ap]\.?m\.?)?"
    r"(?: ?(?P<zone>z|utc|gmt|(?:utc|gmt)?[+-]\d{2}:?\d{2}))?"
)
"""After lower case and single spaces."""


class TimeRefused(Exception):
    """The text is no time, or could be two."""


def read_time(text: str, zone: tzinfo | None, dates: str = "") -> datetime:
    """The time that is written, with its offset, or else in this zone.

    ``dates`` tells which comes first in dates such as 07/08/2026, where the numbers do not.

    Raises:
        TimeRefused: it is none, or needs ``zone`` or ``dates``.
    """
    if len(text) > MOST_CHARACTERS:
        raise TimeRefused(_NO_TIME)
    time = _read(" ".join(text.lower().split()), dates)
    if time.tzinfo is not None:
        return time
    if zone is None:
        raise TimeRefused("has no offset from UTC; write it like 2026-07-08T10:00:00+02:00, or send ?timezone=")
    return time.replace(tzinfo=zone)


def _read(text: str, dates: str) -> datetime:
    try:
        if len(text) >= len("2026-07-08T10:00"):
            return datetime.fromisoformat(text.upper())
    except ValueError:
        pass
    found = _WRITTEN.fullmatch(text)
    if found is None or (found["minute"] is None and found["half"] is None):
        raise TimeRefused(_NO_TIME)
    year, month, day = _day(found, dates)
    try:
        return datetime(
            year, month, day, _hour(found), int(found["minute"] or 0), int(found["second"] or 0), tzinfo=_offset(found)
        )
    except ValueError:
        raise TimeRefused(_NO_TIME) from None


def _day(found: re.Match[str], dates: str) -> tuple[int, int, int]:
    if found["year"]:
        return int(found["year"]), int(found["month"]), int(found["day"])
    if found["dotted_year"]:
        return _year(found["dotted_year"]), int(found["dotted_month"]), int(found["dotted_day"])
    if named := found["named"] or found["named_month"]:
        day, year = found["named_day"] or found["day_named"], found["named_year"] or found["year_named"]
        return int(year), 1 + _MONTHS.index(named[:3]), int(day)
    one, other = int(found["one"]), int(found["other"])
    if not dates and one <= 12 and other <= 12 and one != other:
        raise TimeRefused(f"could be two days; send ?dates={DAY_FIRST} or ?dates={MONTH_FIRST}")
    is_day_first = dates == DAY_FIRST or (not dates and one > 12)
    return _year(found["their_year"]), *((other, one) if is_day_first else (one, other))


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _hour(found: re.Match[str]) -> int:
    hour = int(found["hour"])
    if not found["half"]:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError
    return hour % 12 + (12 if found["half"].startswith("p") else 0)


def _offset(found: re.Match[str]) -> timezone | None:
    if not found["zone"]:
        return None
    digits = re.sub(r"[^\d]", "", found["zone"])
    offset = timedelta(hours=int(digits[:2] or 0), minutes=int(digits[2:] or 0))
    return timezone(-offset if "-" in found["zone"] else offset)
