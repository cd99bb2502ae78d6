"""The time in whole milliseconds, as MongoDB stores it: a finer time would change when it is read back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_behind: Callable[[], timedelta] = timedelta


def now() -> datetime:
    """The time now, in UTC."""
    return whole_milliseconds(datetime.now(UTC) - _behind())


def run_behind(behind: Callable[[], timedelta]) -> None:
    """Set this process's clock back: at each call, by the time that ``behind`` returns.

    For programs that play months in a minute, such as the demo. No service setting leads here.
    """
    global _behind  # a process has one clock
    _behind = behind


def whole_milliseconds(moment: datetime) -> datetime:
    """The moment, cut to whole milliseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
