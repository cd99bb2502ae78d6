"""Dates as people read them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.wording.dates import BriefDates, Dates, Meeting
from shared.wording.languages import Language

NOON = datetime(2024, 7, 12, 12, tzinfo=UTC)
MEETING = Meeting(NOON, NOON + timedelta(minutes=45))


def dates(language: Language, zone: str = "Europe/Berlin") -> Dates:
    return Dates(language, ZoneInfo(zone), date(2024, 12, 31))


@pytest.mark.parametrize(
    ("language", "zone", "moment"),
    [
        ("en", "Europe/Berlin", "Friday 12 July 2024, 14:00 CEST"),
        ("de", "Europe/Berlin", "Freitag, 12. Juli 2024, 14:00 Uhr MESZ"),
        ("en", "America/New_York", "Friday 12 July 2024, 08:00 EDT"),
        ("de", "America/New_York", "Freitag, 12. Juli 2024, 08:00 Uhr EDT"),
        ("en", "Asia/Tokyo", "Friday 12 July 2024, 21:00 JST"),
        ("en", "Pacific/Auckland", "Saturday 13 July 2024, 00:00 NZST"),
        ("en", "UTC", "Friday 12 July 2024, 12:00 UTC"),
        ("en", "America/Sao_Paulo", "Friday 12 July 2024, 09:00 UTC-03:00"),
        ("de", "Asia/Kathmandu", "Freitag, 12. Juli 2024, 17:45 Uhr UTC+05:45"),
    ],
)
def test_a_moment_is_told_in_the_readers_language_and_zone_which_is_named(language: Language, zone: str, moment: str) -> None:
    assert dates(language, zone).moment(NOON) == moment


@pytest.mark.parametrize(
    ("language", "zone", "end"),
    [
        ("en", "UTC", "Thursday 11 July 2024, 24:00 UTC"),
        ("de", "UTC", "Donnerstag, 11. Juli 2024, 24:00 Uhr UTC"),
        ("en", "Europe/Berlin", "Friday 12 July 2024, 02:00 CEST"),
        ("en", "America/New_York", "Thursday 11 July 2024, 20:00 EDT"),
    ],
)
def test_a_time_that_ends_at_midnight_ends_with_the_day_before(language: Language, zone: str, end: str) -> None:
    midnight = datetime(2024, 7, 12, tzinfo=UTC)
    assert dates(language, zone).until(midnight) == end
    assert dates("en", "UTC").short_until(midnight) == "11 July, 24:00 UTC"
    assert dates("en", "UTC").last_day(midnight) == "Thursday 11 July 2024"
    assert dates("en").until(NOON) == dates("en").moment(NOON)
    assert dates("en").short_until(NOON) == dates("en").short_moment(NOON)
    assert dates("en").last_day(NOON) == dates("en").day_of(NOON)


def test_winter_and_summer_have_their_own_names() -> None:
    assert dates("de").moment(NOON - timedelta(days=182)).endswith("13:00 Uhr MEZ")


def test_a_meeting_names_its_day_once_where_it_ends_the_same_day() -> None:
    assert dates("en").meeting(MEETING) == "Friday 12 July 2024, 14:00 to 14:45 CEST"
    assert dates("de").meeting(MEETING) == "Freitag, 12. Juli 2024, 14:00 bis 14:45 Uhr MESZ"
    overnight = replace(MEETING, ends=NOON + timedelta(hours=11))
    assert dates("en").meeting(overnight) == "Friday 12 July 2024, 14:00 CEST to Saturday 13 July 2024, 01:00 CEST"
    assert dates("en").meeting(replace(MEETING, ends=NOON)) == "Friday 12 July 2024, 14:00 CEST"


def test_a_meeting_over_the_change_of_clocks_names_both_times() -> None:
    change = datetime(2024, 10, 27, 0, 30, tzinfo=UTC)
    told = dates("en").meeting(Meeting(change, change + timedelta(hours=1)))
    assert told == "Sunday 27 October 2024, 02:30 CEST to Sunday 27 October 2024, 02:30 CET"


def test_a_period_names_both_days_and_a_single_day_once() -> None:
    first, last = date(2024, 9, 2), date(2024, 11, 29)
    assert dates("de").days(first, last) == "Montag, 2. September 2024 bis Freitag, 29. November 2024"
    assert dates("en").days(first, None) == dates("en").days(first, first) == "Monday 2 September 2024"


def test_subjects_have_the_short_form() -> None:
    assert dates("en").short_moment(NOON) == "12 July, 14:00 CEST"
    assert dates("de").short_moment(NOON) == "12. Juli, 14:00 Uhr MESZ"


def test_subjects_name_the_year_unless_it_is_this_one() -> None:
    next_year = NOON.replace(year=2025)
    assert dates("en").short_moment(next_year) == "12 July 2025, 14:00 CEST"
    assert dates("de").short_moment(next_year) == "12. Juli 2025, 14:00 Uhr MESZ"
    new_year = datetime(2024, 12, 31, 23, 30, tzinfo=UTC)  # in Berlin, the year has begun
    assert (dates("en").short_moment(new_year), dates("en", "UTC").short_moment(new_year)) == (
        "1 January 2025, 00:30 CET",
        "31 December, 23:30 UTC",
    )


def test_pages_write_days_briefly_with_the_year_only_where_it_is_another_one() -> None:
    english, german = (BriefDates(one, ZoneInfo("Europe/Berlin"), date(2024, 12, 31)) for one in ("en", "de"))
    assert english.moment(NOON) == "Fri 12 July, 14:00 CEST"
    assert german.moment(NOON) == "Fr., 12. Juli, 14:00 Uhr MESZ"
    assert english.day(date(2025, 2, 1)) == "Sat 1 February 2025"
    assert english.days(date(2024, 9, 2), date(2024, 11, 29)) == "2 September to 29 November"
    assert german.days(date(2025, 2, 1), date(2025, 4, 23)) == "1. Februar bis 23. April 2025"
    assert english.days(date(2024, 12, 2), date(2025, 1, 31)) == "2 December to 31 January 2025"
    assert english.days(date(2024, 9, 2), None) == "Mon 2 September"
