"""When a digest leaves: at once, each morning, or on Monday mornings, where its reader lives. Pure."""

from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

Frequency = Literal["instant", "daily", "weekly"]

MORNING: Final = time(8)
"""When daily and weekly digests leave."""


def next_window(frequency: Frequency, now: datetime, gather: timedelta, zone: str) -> datetime:
    """The time (UTC) at which a digest of what is new by ``now`` is due.

    ``gather``: for how long changes are gathered into an instant digest. ``zone``: an IANA name.
    """
    if frequency == "instant":
        return now + gather
    local = now.astimezone(ZoneInfo(zone))
    day = local.date() + timedelta(days=0 if local.time() < MORNING else 1)
    if frequency == "weekly":
        day += timedelta(days=-day.weekday() % 7)
    # Where the clocks skip the hour, the one after it is taken (PEP 495, fold=0): a window is never lost.
    return datetime.combine(day, MORNING, ZoneInfo(zone)).astimezone(UTC)


def week_before(monday: datetime, zone: str) -> datetime:
    """When the week began that a weekly summary of ``monday`` tells of: it may have an hour more or less than others."""
    return (monday.astimezone(ZoneInfo(zone)) - timedelta(days=7)).astimezone(UTC)
