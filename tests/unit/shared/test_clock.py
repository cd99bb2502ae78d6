from datetime import UTC, datetime

from shared import clock


def test_the_clock_shows_utc_in_whole_milliseconds() -> None:
    shown = clock.now()
    assert shown.tzinfo is UTC
    assert shown.microsecond % 1000 == 0


def test_a_moment_is_cut_to_the_millisecond_in_which_it_lies() -> None:
    moment = datetime(2026, 7, 8, 10, 0, 0, 123_999, UTC)
    assert clock.whole_milliseconds(moment) == datetime(2026, 7, 8, 10, 0, 0, 123_000, UTC)
    assert clock.whole_milliseconds(clock.whole_milliseconds(moment)) == clock.whole_milliseconds(moment)
