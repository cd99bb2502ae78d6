"""The time in whole milliseconds, as MongoDB keeps it: a finer time would differ from itself once it is read again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_behind: Callable[[], timedelta] = timedelta


def now() -> datetime:
    """The time now, in UTC."""
    return whole_milliseconds(datetime.now(UTC) - _behind())


def run_behind(behind: Callable[[], timedelta]) -> None:
    """Let this process's clock be behind the real one, at each call by what ``behind`` gives.

    For programs that show months in a minute, such as the demo. No setting of a service leads here.
    """
    global _behind  # a process has one clock
    _behind = behind


def whole_milliseconds(moment: datetime) -> datetime:
    """The moment without what is less than a millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
