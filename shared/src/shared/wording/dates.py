"""Dates and times in the reader's language and time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_timezone_name

from shared.wording.languages import DATE_FORMS, Language


@dataclass(frozen=True, slots=True)
class Meeting:
    """An appointment. ``place`` and ``url`` are written by a host."""

    starts: datetime
    ends: datetime
    place: str = ""
    url: str = ""


class Dates:
    """Formats dates and times. Times always name their zone.

    ``today``, for the reader, is the day from which on short dates leave out the year.
    """

    def __init__(self, language: Language, zone: ZoneInfo, today: date) -> None:
        self._forms = DATE_FORMS[language]
        self._zone = zone
        self._today = today
        self._zone_names: dict[str, str] = {}

    def day(self, day: date) -> str:
        """``Friday 12 July 2024``."""
        return _written(day.toordinal(), self._forms.day, self._forms.locale)

    def day_of(self, at: datetime) -> str:
        """The day of this time, as ``day`` writes it."""
        return self.day(at.astimezone(self._zone))

    def short_day(self, day: date) -> str:
        """``12 July``, for a subject; ``12 July 2025`` in another year."""
        return self._with_other_year(day, self._forms.short_day)

    def moment(self, at: datetime) -> str:
        """``Friday 12 July 2024, 14:00 CEST``."""
        here = at.astimezone(self._zone)
        return f"{self.day(here)}, {self._time(here)} {self._zone_name(here)}"

    def short_moment(self, at: datetime) -> str:
        """``12 July, 14:00 CEST``, for a subject; with the year as in ``short_day``."""
        here = at.astimezone(self._zone)
        return f"{self.short_day(here)}, {self._time(here)} {self._zone_name(here)}"

    def until(self, at: datetime) -> str:
        """The end of a time, as ``moment`` writes it. Midnight ends a day: ``Friday 12 July 2024, 24:00 CEST``."""
        day, hours = self._last(at)
        return f"{self.day(day)}, {hours} {self._zone_name(at.astimezone(self._zone))}"

    def short_until(self, at: datetime) -> str:
        """The end of a time, as ``short_moment`` writes it."""
        day, hours = self._last(at)
        return f"{self.short_day(day)}, {hours} {self._zone_name(at.astimezone(self._zone))}"

    def last_day(self, at: datetime) -> str:
        """The last day before this time, as ``day`` writes it."""
        return self.day(self._last(at)[0])

    def meeting(self, meeting: Meeting) -> str:
        """``Friday 12 July 2024, 14:00 to 14:45 CEST``."""
        starts, ends = meeting.starts.astimezone(self._zone), meeting.ends.astimezone(self._zone)
        # In UTC: times of one zone compare by the clock, which goes back an hour in autumn.
        if meeting.ends.astimezone(UTC) <= meeting.starts.astimezone(UTC):
            return self.moment(starts)
        if starts.date() != ends.date() or starts.tzname() != ends.tzname():
            return f"{self.moment(starts)} {self._forms.until} {self.moment(ends)}"
        times = f"{self._hours(starts)} {self._forms.until} {self._time(ends)}"
        return f"{self.day(starts)}, {times} {self._zone_name(starts)}"

    def days(self, starts: date, ends: date | None) -> str:
        """``Monday 1 July 2024 to Friday 27 September 2024``; only the first day if the end is not known."""
        if ends is None or ends <= starts:
            return self.day(starts)
        return f"{self.day(starts)} {self._forms.until} {self.day(ends)}"

    def _with_other_year(self, day: date, form: str) -> str:
        return _written(day.toordinal(), form if day.year == self._today.year else f"{form} y", self._forms.locale)

    def _last(self, at: datetime) -> tuple[date, str]:
        """The day that ends no later than this time, and the hours on it, up to 24:00."""
        here = at.astimezone(self._zone)
        if (here.hour, here.minute) == (0, 0):
            return here.date() - timedelta(days=1), self._forms.time.format("24:00")
        return here.date(), self._time(here)

    def _time(self, here: datetime) -> str:
        return self._forms.time.format(self._hours(here))

    def _hours(self, here: datetime) -> str:
        return f"{here:%H:%M}"

    def _zone_name(self, here: datetime) -> str:
        """The zone's short name in the reader's language (MESZ), else its own (JST), else its offset (UTC-03:00)."""
        own = here.tzname() or ""
        if own not in self._zone_names:
            names = (get_timezone_name(here, "short", locale=self._forms.locale), own)
            offset = f"UTC{here.strftime('%z')[:3]}:{here.strftime('%z')[3:5]}"
            self._zone_names[own] = next((name for name in names if name.isalpha() and len(name) <= 5), offset)
        return self._zone_names[own]


class BriefDates(Dates):
    """Dates as pages write them: many are on one page, and what is meant is mostly this year."""

    def day(self, day: date) -> str:
        """``Fri 12 July``; with the year as in ``short_day``."""
        return self._with_other_year(day, self._forms.brief_day)

    def days(self, starts: date, ends: date | None) -> str:
        """``1 July to 27 September``; with a year as in ``short_day``, once if both days are in it."""
        if ends is None or ends <= starts:
            return self.day(starts)
        same = starts.year == ends.year
        first = _written(starts.toordinal(), self._forms.short_day, self._forms.locale) if same else self.short_day(starts)
        return f"{first} {self._forms.until} {self.short_day(ends)}"


@lru_cache(1000)  # a page writes the same few days many times
def _written(ordinal: int, form: str, locale: Locale) -> str:
    return format_date(date.fromordinal(ordinal), form, locale)
