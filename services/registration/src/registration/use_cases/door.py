"""What publishers are told of their events: when they hand them in, and when they ask later."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

import orjson
from pydantic import SecretStr

from registration.domain.attendance import Fact, Kind, fact_id
from registration.domain.conferences import Conference
from registration.domain.facts import fact_of
from registration.domain.near_misses import NearMisses
from registration.domain.pending import conference_unknown, lacking, session_unknown
from registration.domain.slips import slips_of
from registration.repository.conferences import Conferences
from registration.repository.facts import Facts
from registration.repository.pending import Pending
from registration.repository.rejections import Rejections
from registration.use_cases.attendance import CONFLICT
from shared.envelope import Event, Rejected, unpack
from shared.events.attendance import Attendance
from shared.persons import person_id
from shared.topics import ATTENDANCE_INBOUND

Status = Literal["accepted", "repeated", "conflict", "pending", "rejected"]

REPEATED: Final = "is known here with this content; it was not published again"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one event that is handed in, and whether it is to be published."""

    status: Status
    reason: str = ""
    faults: Sequence[tuple[str, str]] = ()
    publish: bool = False


def code(answer: Answer) -> str:
    """The answer as one letter, by which it is remembered."""
    return "w" if answer.reason.startswith("conference") and answer.status == "pending" else answer.status[0]


def decoded(letter: str, event: Event) -> Answer:
    """The answer that was given before about this event, which was not rejected."""
    data = event.data
    if letter in "wp" and isinstance(data, Attendance):
        return Answer("pending", conference_unknown(data) if letter == "w" else session_unknown(data))
    return {"a": Answer("accepted"), "r": Answer("repeated", REPEATED)}.get(letter, Answer("conflict", CONFLICT))


@dataclass(frozen=True, slots=True)
class Became:
    """What became of an event."""

    status: Literal["recorded", "pending", "rejected", "failed"]
    conference_id: str = ""
    kind: Kind | None = None
    session_id: str = ""
    at: datetime | None = None
    """The time that counts as that when it happened."""
    received_at: datetime | None = None
    rejected_at: datetime | None = None
    taken_back_by: str = ""
    """The id of the event that took it back."""
    takes_back: str = ""
    """The id of the event that it takes back."""
    reason: str = ""
    """What a pending one waits for, or why one was rejected or failed."""
    conflict: str = ""
    """Why another event of the same id was rejected, where there was one."""
    warnings: Sequence[tuple[str, str]] = ()
    """What was ignored in it and may be a slip: fields, each with what is said of it."""


class Door:
    """Looks up what is known of events. It changes nothing."""

    def __init__(
        self, facts: Facts, pending: Pending, rejections: Rejections, conferences: Conferences, person_key: SecretStr
    ) -> None:
        self._facts = facts
        self._pending = pending
        self._rejections = rejections
        self._conferences = conferences
        self._person_key = person_key

    async def answers(self, events: Sequence[Event]) -> list[Answer]:
        """What is to be said of these events, each as if those before it were recorded already."""
        if not events:
            return []
        now = datetime.now(UTC)
        stated = [self._stated(event, now) for event in events]
        ids = {fact.id for fact in stated if isinstance(fact, Fact)}
        recorded, waiting, conferences = await asyncio.gather(
            self._facts.digests(ids), self._pending.digests(ids), self._conferences.some(_conference_ids(events))
        )
        known = _Known(recorded, waiting, conferences)
        return [known.answer(event, fact) for event, fact in zip(events, stated, strict=True)]

    def _stated(self, event: Event, now: datetime) -> Fact | Rejected:
        try:
            return fact_of(event, now, lambda text: person_id(text, self._person_key))
        except Rejected as rejected:
            return rejected

    async def became(self, source: str, id: str) -> Became | None:
        """What became of the event; None where it is not known."""
        identifier = fact_id(source, id)
        fact, waiting, rejection = await asyncio.gather(
            self._facts.get(identifier), self._pending.get(identifier), self._rejections.get(identifier)
        )
        taken_back_by = _id(fact.reverted_by) if fact and fact.reverted_by else ""
        if waiting and (fact is None or fact.kind == "unknown"):
            event = unpack(waiting.record, ATTENDANCE_INBOUND)
            reason = (
                lacking(event.data, await self._conferences.get(waiting.conference_id))
                if isinstance(event.data, Attendance)
                else ""
            )
            return Became(
                "pending",
                waiting.conference_id,
                session_id=waiting.session_id,
                received_at=waiting.received_at,
                taken_back_by=taken_back_by,
                reason=reason or "what it waited for is known now; it is about to be recorded",
                conflict=rejection.reason if rejection and rejection.digest != waiting.digest else "",
                warnings=slips_of(event, NearMisses(), waiting.received_at),
            )
        if fact and fact.kind != "unknown":
            return Became(
                "recorded",
                fact.conference_id,
                kind=fact.kind,
                session_id=fact.subject if fact.kind in ("session_attended", "left") else "",
                at=fact.at,
                taken_back_by=taken_back_by,
                takes_back=_id(fact.subject) if fact.kind == "reverted" else "",
                conflict=rejection.reason if rejection and rejection.digest != fact.digest else "",
                warnings=fact.warnings,
            )
        if rejection:
            status: Literal["rejected", "failed"] = "failed" if rejection.failed else "rejected"
            return Became(status, rejection.conference_id, rejected_at=rejection.at, reason=rejection.reason)
        return None


def _conference_ids(events: Collection[Event]) -> set[str]:
    return {event.data.conference_id for event in events if isinstance(event.data, Attendance)}


class _Known:
    """What is known of the events that are handed in together: the digests of their contents, by the facts' ids."""

    def __init__(
        self, recorded: Mapping[str, bytes], waiting: Mapping[str, bytes], conferences: Mapping[str, Conference]
    ) -> None:
        self._recorded = recorded
        self._digests = {**waiting, **recorded}
        self._conferences = conferences

    def answer(self, event: Event, fact: Fact | Rejected) -> Answer:
        """What is to be said of this event, which is known from now on."""
        if isinstance(fact, Rejected):
            return Answer("rejected", str(fact), fact.faults)
        digest = self._digests.get(fact.id)
        if digest not in (None, fact.digest):
            return Answer("conflict", CONFLICT)
        self._digests[fact.id] = fact.digest
        data = event.data
        lacks = lacking(data, self._conferences.get(data.conference_id)) if isinstance(data, Attendance) else ""
        if lacks and fact.id not in self._recorded:
            return Answer("pending", lacks, publish=digest is None)
        return Answer("repeated", REPEATED) if digest else Answer("accepted", publish=True)


def _id(fact_id: str) -> str:
    """The event's own id in that of its fact."""
    _, id = orjson.loads(fact_id)
    return str(id)
