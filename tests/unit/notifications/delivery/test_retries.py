"""When a mail is tried again, and when no more."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.delivery.domain.retries import LONGEST_PAUSE, next_try, pause

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
FIRST = timedelta(seconds=5)
HOURS = timedelta(hours=1)


def test_the_bound_of_a_pause_doubles_up_to_an_hour() -> None:
    bounds = [pause(deferrals, FIRST, 1.0) for deferrals in (1, 2, 3, 4)]
    assert bounds == [timedelta(seconds=seconds) for seconds in (10, 20, 40, 80)]
    assert pause(1000, FIRST, 1.0) == LONGEST_PAUSE


@given(st.integers(1, 500), st.floats(0, 1))
def test_a_pause_is_anywhere_below_its_bound(deferrals: int, jitter: float) -> None:
    assert timedelta() <= pause(deferrals, FIRST, jitter) <= pause(deferrals, FIRST, 1.0)
    assert pause(deferrals, FIRST, 0.0) == timedelta()


@given(st.integers(1, 500), st.floats(0, 1), st.integers(0, 20_000))
def test_a_pause_is_never_shorter_than_the_server_asked_for(deferrals: int, jitter: float, seconds: int) -> None:
    assert pause(deferrals, FIRST, jitter, timedelta(seconds=seconds)) >= timedelta(seconds=seconds)


def test_mails_that_were_asked_to_wait_the_same_time_do_not_come_back_together() -> None:
    asked = timedelta(minutes=5)
    assert len({pause(1, FIRST, jitter / 10, asked) for jitter in range(10)}) == 10


@pytest.mark.parametrize(
    ("tried", "worth", "wait", "expected"),
    [
        (0 * HOURS, 100 * HOURS, HOURS, NOW + HOURS),
        (47.5 * HOURS, 100 * HOURS, HOURS, "failed"),
        (48 * HOURS, 100 * HOURS, timedelta(), "failed"),
        (0 * HOURS, 0.5 * HOURS, HOURS, "expired"),
        (47.9 * HOURS, 0.05 * HOURS, HOURS, "expired"),
        (47.9 * HOURS, 0.2 * HOURS, HOURS, "failed"),
    ],
)
def test_a_mail_is_given_up_when_it_was_tried_for_long_or_is_worth_no_more(
    tried: timedelta, worth: timedelta, wait: timedelta, expected: object
) -> None:
    assert next_try(NOW, wait, NOW - tried, 48 * HOURS, NOW + worth) == expected
