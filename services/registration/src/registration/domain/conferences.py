"""Conferences and their schedules."""

from dataclasses import dataclass
from datetime import date

from shared.events.registration import Session


@dataclass(slots=True)
class Conference:
    """A conference and its schedule."""

    id: str
    version: int
    name: str
    starts: date
    ends: date
    sessions: dict[str, Session]
