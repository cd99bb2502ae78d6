"""The time in whole milliseconds, as MongoDB keeps it: a finer time would differ from itself once it is read again."""

from datetime import UTC, datetime


def now() -> datetime:
    """The time now, in UTC."""
    return whole_milliseconds(datetime.now(UTC))


def whole_milliseconds(moment: datetime) -> datetime:
    """The moment without what is less than a millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
