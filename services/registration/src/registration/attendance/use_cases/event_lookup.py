"""Looks up events for their publishers: the result when they send one, and its outcome later."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from registration.attendance.domain.facts import checked
from registration.attendance.domain.pending import conference_ids, conference_unknown, event_waits_for, session_unknown, waits_for
from registration.attendance.domain.rejections import CONFLICT
from registration.attendance.domain.similar_fields import SimilarFields
from registration.attendance.domain.warnings import warnings_from_record
from registration.attendance.repository.pending import PendingEvents
from registration.attendance.repository.rejections import Rejections
from registration.attendees.domain.attendance import Kind, content_digest, fact_id, source_and_id
from registration.attendees.repository.facts import Facts
from registration.conferences.domain import Conference
from registration.conferences.repository import Conferences
from shared.contract.envelope import Event, Rejected
from shared.contract.events.attendance import Attendance

Status = Literal["accepted", "repeated", "conflict", "pending", "rejected"]

REPEATED: Final = "was received before with this content; it is not recorded twice"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer about one event, and whether to publish it."""

    status: Status
    reason: str = ""
    faults: Sequence[tuple[str, str]] = ()
    publish: bool = False


_ACCEPTED: Final = Answer("accepted", publish=True)
_REPEATED: Final = Answer("repeated", REPEATED)
_CONFLICT: Final = Answer("conflict", CONFLICT)


def encoded(answer: Answer) -> str:
    """The answer as one letter, for storage."""
    return "w" if answer.reason.startswith("conference") and answer.status == "pending" else answer.status[0]


def decoded(letter: str, event: Event) -> Answer:
    """The answer that was stored as this letter. The event was not rejected."""
    data = event.data
    if letter in "wp" and isinstance(data, Attendance):
        return Answer("pending", conference_unknown(data) if letter == "w" else session_unknown(data))
    return {"a": _ACCEPTED, "r": _REPEATED}.get(letter, _CONFLICT)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an event."""

    status: Literal["recorded", "pending", "rejected", "failed"]
    conference_id: str = ""
    kind: Kind | None = None
    session_id: str = ""
    at: datetime | None = None
    """When it happened; if that was ahead of our clock, when it arrived."""
    received_at: datetime | None = None
    rejected_at: datetime | None = None
    taken_back_by: str = ""
    """The id of the event that took it back."""
    takes_back: str = ""
    """The id of the event that it takes back."""
    reason: str = ""
    """What a pending event waits for, or why an event was rejected or failed."""
    conflict: str = ""
    """Why another event with the same id was rejected, if there was one."""
    warnings: Sequence[tuple[str, str]] = ()
    """Ignored fields that may be mistakes, each with a warning."""


class EventLookup:
    """Looks up what is known about events. Read-only."""

    def __init__(self, facts: Facts, pending: PendingEvents, rejections: Rejections, conferences: Conferences) -> None:
        self._facts = facts
        self._pending = pending
        self._rejections = rejections
        self._conferences = conferences

    async def answers(self, events: Sequence[Event], *, in_order: bool = True) -> list[Answer]:
        """The answer about each of these events, as if those before it were already recorded.

        If not ``in_order``, each is answered as if it came alone: it is not known which of two with the same id is recorded
        first.

        Usually this takes one query. It takes more if an event names a conference or session that was unknown a moment ago, or if
        events of its source are pending.
        """
        if not events:
            return []
        ids = [fact_id(event.source, event.id) for event in events]
        waited_for = await self._waited_for(events)
        # Read pending events first: one that is recorded in between is then found among the recorded ones.
        any_pending = await self._pending.any_of({event.source for event in events})
        waiting = await self._pending.digests(ids) if any_pending else {}
        known = _KnownEvents(await self._facts.digests(ids), waiting)
        answers = []
        for event, id, missing in zip(events, ids, waited_for, strict=True):
            answer = known.answer(event, id, missing)
            if in_order and answer.publish:
                known.add(event, id)
            answers.append(answer)
        return answers

    async def _waited_for(self, events: Sequence[Event]) -> list[str]:
        """What each event would wait for; empty if nothing."""
        ids = conference_ids(events)
        waited_for = _waited_for(events, await self._conferences.recent(ids))
        # Read them again before saying "unknown": the session may have been announced just now.
        return _waited_for(events, await self._conferences.get_many(ids)) if any(waited_for) else waited_for

    async def outcome_of(self, source: str, id: str) -> Outcome | None:
        """What became of the event; None if it is unknown."""
        identifier = fact_id(source, id)
        # Read pending events first: one that is recorded or rejected in between is then found there.
        waiting = await self._pending.get(identifier)
        fact, rejection = await asyncio.gather(self._facts.get(identifier), self._rejections.get(identifier))
        taken_back_by = source_and_id(fact.reverted_by)[1] if fact and fact.reverted_by else ""
        if waiting and (fact is None or fact.kind == "unknown"):
            event = waiting.unpacked()
            reason = waits_for(event.data, await self._conferences.get(waiting.conference_id))
            return Outcome(
                "pending",
                waiting.conference_id,
                session_id=waiting.session_id,
                received_at=waiting.received_at,
                taken_back_by=taken_back_by,
                reason=reason or "its conference or session has been announced; it is about to be recorded",
                conflict=rejection.reason if rejection and rejection.digest != waiting.digest else "",
                warnings=warnings_from_record(event, SimilarFields(), waiting.received_at),
            )
        if fact and fact.kind != "unknown":
            return Outcome(
                "recorded",
                fact.conference_id,
                kind=fact.kind,
                session_id=fact.subject if fact.kind in ("session_attended", "left") else "",
                at=fact.at,
                taken_back_by=taken_back_by,
                takes_back=source_and_id(fact.subject)[1] if fact.kind == "reverted" else "",
                conflict=rejection.reason if rejection and rejection.digest != fact.digest else "",
                warnings=fact.warnings,
            )
        if rejection:
            status: Literal["rejected", "failed"] = "failed" if rejection.failed else "rejected"
            return Outcome(status, rejection.conference_id, rejected_at=rejection.at, reason=rejection.reason)
        return None


def _waited_for(events: Collection[Event], conferences: Mapping[str, Conference]) -> list[str]:
    return [event_waits_for(event, conferences) for event in events]


class _KnownEvents:
    """The events of a request that are known: the digests of their contents, by fact id."""

    def __init__(self, recorded: Mapping[str, bytes], waiting: Mapping[str, bytes]) -> None:
        self._recorded = recorded
        self._digests = {**waiting, **recorded}
        self._accepted: dict[str, Event] = {}
        """The new events of this request. Their digests are computed only if an id occurs twice."""

    def answer(self, event: Event, id: str, missing: str) -> Answer:
        """The answer about this event. ``missing`` says what it would wait for."""
        try:
            checked(event)
        except Rejected as rejected:
            return Answer("rejected", str(rejected), rejected.faults)
        digest = self._digest(id)
        if digest is None:
            return Answer("pending", missing, publish=True) if missing else _ACCEPTED
        if digest != content_digest(event):
            return _CONFLICT
        return Answer("pending", missing) if missing and id not in self._recorded else _REPEATED

    def add(self, event: Event, id: str) -> None:
        """Treat this new event as known from now on."""
        self._accepted[id] = event

    def _digest(self, id: str) -> bytes | None:
        """The digest of the content that is known under this id."""
        if id in self._accepted and id not in self._digests:
            self._digests[id] = content_digest(self._accepted[id])
        return self._digests.get(id)
