from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.backoff import Backoff

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def test_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff(SECOND, MINUTE)
    assert [backoff.pause(failures).total_seconds() for failures in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_pauses_grow_by_another_factor() -> None:
    backoff = Backoff(SECOND, MINUTE, factor=1.5)
    assert [backoff.pause(failures).total_seconds() for failures in (1, 2, 3)] == [1, 1.5, 2.25]


def test_the_longest_pause_bounds_the_first_one_too() -> None:
    assert Backoff(MINUTE, SECOND).pause(1) == SECOND


@given(st.integers(1, 10**9), st.timedeltas(timedelta(milliseconds=1), timedelta(days=1)))
def test_however_often_it_fails_a_pause_is_never_longer_than_the_longest(failures: int, first: timedelta) -> None:
    assert Backoff(first, MINUTE).pause(failures) <= MINUTE


def test_jitter_leaves_its_share_of_the_pause_to_chance() -> None:
    assert [Backoff(SECOND, MINUTE, jitter=0.5).pause(2, chance).total_seconds() for chance in (0, 0.5, 1)] == [1, 1.5, 2]
    assert [Backoff(SECOND, MINUTE, jitter=1).pause(2, chance).total_seconds() for chance in (0, 0.5, 1)] == [0, 1, 2]
