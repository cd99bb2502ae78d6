"""Times in form fields of the type ``datetime-local``: browsers send them without a zone, so they are in the reader's. Pure."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from shared.worded import Worded


def _typed(text: object) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError(Worded("must be a day and a time, such as 2027-03-01T18:00")) from None


LocalTime = Annotated[datetime, BeforeValidator(_typed)]
"""A time as it was typed. ``in_zone`` makes a moment of it."""


def in_zone(at: datetime, zone: ZoneInfo) -> datetime:
    """The moment that was typed, in the reader's zone unless it names one."""
    return at if at.tzinfo else at.replace(tzinfo=zone)


def local(at: datetime, zone: ZoneInfo) -> str:
    """The moment as such a field shows it."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
