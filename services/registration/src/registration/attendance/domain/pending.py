"""Pending events: they name a conference or session that is not known yet, and are recorded once it is announced."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel

from registration.attendance.domain.capacity import Amount
from registration.attendees.domain.attendance import Fact
from registration.conferences.domain import Conference
from shared.contract.envelope import Event, Received, unpack
from shared.contract.events.attendance import Attendance, Left, SessionAttended
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.worded import Worded

MAX_PENDING: Final = Amount(events=100_000, bytes=256 * 1024 * 1024)
"""About how much of one source may be pending. Events beyond it become dead letters at once."""


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """An event that waits for its conference or session."""

    id: str
    """The id of the fact that it states."""
    digest: bytes
    source: str
    conference_id: str
    session_id: str
    """Empty if it names none."""
    persons: tuple[str, ...]
    """The ids of all persons whom it is about."""
    at: datetime
    """When it happened."""
    received_at: datetime
    record: Received
    """The record as it arrived."""

    def unpacked(self) -> Event:
        """The event in the record. Raises ``Rejected`` if it can no longer be read."""
        return unpack(self.record, ATTENDANCE_INBOUND)

    @property
    def size(self) -> int:
        """The approximate number of bytes."""
        headers = sum(len(name) + len(value or b"") for name, value in self.record.headers)
        return len(self.record.value or b"") + headers + 1000


def conference_ids(events: Iterable[Event]) -> set[str]:
    """The ids of the conferences that these events name."""
    return {event.data.conference_id for event in events if isinstance(event.data, Attendance)}


def event_waits_for(event: Event, conferences: Mapping[str, Conference]) -> str:
    """What an event waits for, given the known conferences; see ``waits_for``."""
    return waits_for(event.data, conferences.get(event.data.conference_id)) if isinstance(event.data, Attendance) else ""


def waits_for(data: BaseModel | None, conference: Conference | None) -> str:
    """The unknown conference or session that attendance names, as text for its publisher; empty if both are known.

    Other data waits for nothing: for example, an event that takes another one back.
    """
    if not isinstance(data, Attendance):
        return ""
    if conference is None:
        return conference_unknown(data)
    session_id = session_of(data)
    return session_unknown(data) if session_id and session_id not in conference.sessions else ""


def conference_unknown(data: Attendance) -> str:
    """The reason, for the publisher, when the conference is unknown."""
    return Worded(
        "conference unknown: there is no conference %(id)s yet; the event is recorded once it is announced",
        id=repr(data.conference_id),
    )


def session_unknown(data: Attendance) -> str:
    """The reason, for the publisher, when the session is unknown."""
    return Worded(
        "session unknown: conference %(conference)s has no session %(session)s yet; this is applied once it has",
        conference=repr(data.conference_id),
        session=repr(session_of(data)),
    )


def session_of(data: Attendance) -> str:
    """The id of the session that attendance names; empty if it names none."""
    return (data.session_id or "") if isinstance(data, SessionAttended | Left) else ""


class Unrecorded:
    """The events of a batch that are not recorded, because they are pending or refused, and those no longer pending."""

    def __init__(self, waiting: Mapping[str, bytes]) -> None:
        """``waiting``: the digests of events in the batch that are already pending, by fact id."""
        self._digests = dict(waiting)
        self._before = frozenset(waiting)
        self.deferred: list[tuple[Fact, Event, str]] = []
        """The events that become pending, each with the reason."""
        self.refused: list[tuple[Event, str]] = []
        self.released: set[str] = set()

    def conflicts_with(self, fact: Fact) -> bool:
        """Whether a pending event has the same id but different content."""
        return self._digests.get(fact.id, fact.digest) != fact.digest

    def defer(self, fact: Fact, event: Event, reason: str) -> None:
        """Make the event pending, unless it is already."""
        if fact.id not in self._digests:
            self._digests[fact.id] = fact.digest
            self.deferred.append((fact, event, reason))

    def refuse(self, event: Event, reason: str) -> None:
        self.refused.append((event, reason))

    def release(self, fact: Fact) -> None:
        """Note that the event no longer waits."""
        if fact.id in self._before:
            self.released.add(fact.id)
