"""When digests leave."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.digest_times import Frequency, next_window

NONE = timedelta()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("frequency", "now", "zone", "expected"),
    [
        ("daily", "2026-07-08T05:59", "Europe/Prague", "2026-07-08T06:00"),
        ("daily", "2026-07-08T06:00", "Europe/Prague", "2026-07-09T06:00"),
        ("daily", "2026-01-08T06:59", "Europe/Prague", "2026-01-08T07:00"),
        ("daily", "2026-07-08T20:00", "America/New_York", "2026-07-09T12:00"),
        ("weekly", "2026-07-08T12:00", "Europe/Prague", "2026-07-13T06:00"),
        ("weekly", "2026-07-13T05:00", "Europe/Prague", "2026-07-13T06:00"),
        ("weekly", "2026-07-13T06:00", "Europe/Prague", "2026-07-20T06:00"),
        ("weekly", "2026-07-12T23:30", "Asia/Tokyo", "2026-07-19T23:00"),  # Monday 8:30 there
        ("daily", "2026-03-28T12:00", "Europe/Prague", "2026-03-29T06:00"),  # the night the clocks go forward
        ("daily", "2011-12-29T20:00", "Pacific/Apia", "2011-12-30T18:00"),  # the 30th was left out there
    ],
)
def test_the_next_morning_where_the_reader_lives(frequency: Frequency, now: str, zone: str, expected: str) -> None:
    assert next_window(frequency, at(now), NONE, zone) == at(expected)


def test_at_once_means_after_what_belongs_together_was_gathered() -> None:
    assert next_window("instant", at("2026-07-08T12:00"), timedelta(seconds=30), "UTC") == at("2026-07-08T12:00:30")


@given(
    now=st.integers(0, 60 * 365 * 24 * 60).map(lambda minutes: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    frequency=st.sampled_from(["daily", "weekly"]),
    zone=st.sampled_from(["UTC", "Europe/Prague", "America/St_Johns", "Asia/Kathmandu", "Pacific/Chatham", "Africa/Casablanca"]),
)
def test_a_window_is_always_ahead_and_never_further_than_its_period(now: datetime, frequency: Frequency, zone: str) -> None:
    wait = next_window(frequency, now, NONE, zone) - now
    period = timedelta(days=7 if frequency == "weekly" else 1)
    assert timedelta() < wait <= period + timedelta(hours=2)  # a day may have 25 hours
