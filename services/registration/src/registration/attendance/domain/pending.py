"""Pending events: they name a conference or session that is not known yet, and are applied once it is announced."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registration.attendance.domain.capacity import Amount
from registration.attendees.domain.attendance import Fact
from registration.conferences.domain import Conference
from shared.contract.envelope import Event, Received
from shared.contract.events.attendance import Attendance, Left, SessionAttended

MAX_PENDING: Final = Amount(events=100_000, bytes=256 * 1024 * 1024)
"""How much of one source waits, about; what is beyond is dead-lettered at once."""


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event that waits for its conference or session."""

    id: str
    """Of the fact that it states."""
    digest: bytes
    source: str
    conference_id: str
    session_id: str
    """Empty where it names none."""
    persons: tuple[str, ...]
    """The ids of all that it is about."""
    at: datetime
    """When it happened."""
    received_at: datetime
    record: Received
    """As it came."""

    @property
    def size(self) -> int:
        """In bytes, about."""
        headers = sum(len(name) + len(value or b"") for name, value in self.record.headers)
        return len(self.record.value or b"") + headers + 1000


def waits_for(data: Attendance, conference: Conference | None) -> str:
    """Which conference or session that attendance names is not known yet, for its publisher to read; empty if both are."""
    if conference is None:
        return conference_unknown(data)
    session_id = session_of(data)
    return session_unknown(data) if session_id and session_id not in conference.sessions else ""


def conference_unknown(data: Attendance) -> str:
    """That its conference is not known, in words for its publisher."""
    return f"conference unknown: there is no conference {data.conference_id!r} yet; this is applied once there is"


def session_unknown(data: Attendance) -> str:
    """That its session is not known, in words for its publisher."""
    return (
        f"session unknown: conference {data.conference_id!r} has no session {session_of(data)!r} yet; this is applied once it has"
    )


def session_of(data: Attendance) -> str:
    """The id of the session that attendance names; empty where it names none."""
    return (data.session_id or "") if isinstance(data, SessionAttended | Left) else ""


class Unrecorded:
    """The events of a batch that are not recorded: they wait, or are refused; and those that have waited long enough."""

    def __init__(self, waiting: Mapping[str, bytes]) -> None:
        """``waiting``: of the batch's events those that wait already, each with the digest of its content."""
        self._digests = dict(waiting)
        self._before = frozenset(waiting)
        self.deferred: list[tuple[Fact, Event, str]] = []
        """The events that wait from now on, each with what it lacks."""
        self.refused: list[tuple[Event, str]] = []
        self.released: set[str] = set()

    def has_another(self, fact: Fact) -> bool:
        """Whether an event of this id waits whose content is another."""
        return self._digests.get(fact.id, fact.digest) != fact.digest

    def defer(self, fact: Fact, event: Event, lacks: str) -> None:
        """Have it wait, unless it does already."""
        if fact.id not in self._digests:
            self._digests[fact.id] = fact.digest
            self.deferred.append((fact, event, lacks))

    def refuse(self, event: Event, reason: str) -> None:
        self.refused.append((event, reason))

    def release(self, fact: Fact) -> None:
        """It waits no more."""
        if fact.id in self._before:
            self.released.add(fact.id)
