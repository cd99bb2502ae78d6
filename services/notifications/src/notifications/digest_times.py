"""When a digest is sent: at once, each morning, or on Monday mornings, in its reader's time zone. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

Frequency = Literal["instant", "daily", "weekly"]


@dataclass(frozen=True, slots=True)
class DigestTimes:
    """When digests are sent to people who have not chosen that themselves."""

    frequency: Frequency
    gather: timedelta
    """How long changes are gathered into an instant digest."""
    zone: str
    """Of people whose own is not known."""


MORNING: Final = time(8)
"""When daily and weekly digests are sent."""


def next_window(frequency: Frequency, now: datetime, gather: timedelta, zone: str) -> datetime:
    """The time (UTC) at which a digest of what is new now is due.

    ``gather`` is how long changes are gathered into an instant digest; ``zone`` is an IANA name.
    """
    if frequency == "instant":
        return now + gather
    local = now.astimezone(ZoneInfo(zone))
    day = local.date() + timedelta(days=0 if local.time() < MORNING else 1)
    if frequency == "weekly":
        day += timedelta(days=-day.weekday() % 7)
    # If the clocks skip the hour, the hour after it is taken (PEP 495, fold=0), so no window is lost.
    return datetime.combine(day, MORNING, ZoneInfo(zone)).astimezone(UTC)


def week_before(monday: datetime, zone: str) -> datetime:
    """The beginning of the week that ends on ``monday``. With a clock change, the week is an hour longer or shorter."""
    return (monday.astimezone(ZoneInfo(zone)) - timedelta(days=7)).astimezone(UTC)
