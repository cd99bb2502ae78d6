"""Dates and times in the reader's language and time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name

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

    def day(self, day: date) -> str:
        """``Friday 12 July 2024``."""
        return format_date(day, self._forms.day, self._forms.locale)

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
        return format_date(day, form if day.year == self._today.year else f"{form} y", self._forms.locale)

    def _time(self, here: datetime) -> str:
        return self._forms.time.format(self._hours(here))

    def _hours(self, here: datetime) -> str:
        return format_time(here, "HH:mm", tzinfo=self._zone, locale=self._forms.locale)

    def _zone_name(self, here: datetime) -> str:
        """The zone's short name in the reader's language (MESZ), else its own (JST), else its offset (UTC-03:00)."""
        for name in (get_timezone_name(here, "short", locale=self._forms.locale), here.tzname() or ""):
            if name.isalpha() and len(name) <= 5:
                return name
        return f"UTC{here.strftime('%z')[:3]}:{here.strftime('%z')[3:5]}"


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
        first = format_date(starts, self._forms.short_day, self._forms.locale) if same else self.short_day(starts)
        return f"{first} {self._forms.until} {self.short_day(ends)}"
