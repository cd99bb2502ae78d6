"""Stores events that are not recorded: pending ones, and the rejections of others."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Final

import structlog
from pydantic import SecretStr

from registration.attendance.domain.capacity import Capacity
from registration.attendance.domain.facts import persons_of
from registration.attendance.domain.pending import PendingEvent, Unrecorded, session_of
from registration.attendance.domain.rejections import Rejection
from registration.attendance.repository.pending import PendingEvents
from registration.attendance.repository.rejections import Rejections
from registration.attendees.domain.attendance import Fact, content_digest, fact_id
from shared.contract.envelope import Event, Received, Record
from shared.contract.events.attendance import Attendance
from shared.database.mongo import Tx
from shared.messaging.dead_letters import Quota
from shared.persons import person_id

log = structlog.get_logger(__name__)

FAILED: Final = "could not be recorded because of an error on our side: it is a dead letter that an operator can replay"
"""The reason given to the publisher when recording failed by our fault; the dead letter has the details."""

_REJECTIONS_OF_SOURCE: Final = 10_000
_REJECTION_BYTES_OF_SOURCE: Final = 8 * 1024 * 1024
_REJECTION_BYTES: Final = 32 * 1024 * 1024
"""The most rejections that are stored in an hour. The reasons of others are in their dead letters only."""


OnRejected = Callable[[Sequence[tuple[Rejection, Record]], Tx], Awaitable[None]]
"""Called in the transaction in which events are rejected, with their records."""


class Outcomes:
    """Stores pending events and rejections, in the transaction given."""

    def __init__(
        self, pending: PendingEvents, rejections: Rejections, on_rejected: OnRejected, person_key: SecretStr, capacity: Capacity
    ) -> None:
        """``on_rejected`` is called with every rejected event, so that the room from which it came can mark it."""
        self._pending = pending
        self._rejections = rejections
        self._on_rejected = on_rejected
        self._person_key = person_key
        self._capacity = capacity
        self._quota = Quota(_REJECTIONS_OF_SOURCE, _REJECTION_BYTES_OF_SOURCE, _REJECTION_BYTES)

    async def of(self, ids: Collection[str], tx: Tx) -> Unrecorded:
        """The unrecorded events of a batch: initially, those that are already pending."""
        return Unrecorded(await self._pending.digests(ids, tx))

    async def save(self, unrecorded: Unrecorded, tx: Tx) -> None:
        """Store the deferred events, and reject the refused ones and those for which there is no capacity."""
        waiting = await self._within_capacity(unrecorded, tx) if unrecorded.deferred else []
        await self._pending.add(waiting, tx)
        await self._pending.remove(unrecorded.released, tx)
        for event, reason in unrecorded.refused:
            tx.reject(event, reason)
        await self.reject([(self.rejection(event, reason, tx), event.record) for event, reason in unrecorded.refused], tx)

    async def give_up(self, ids: Collection[str], reason: str, tx: Tx, *, failed: bool = False) -> None:
        """Reject pending events whose dead letters are stored already. ``failed``: the fault is ours."""
        waiting = await self._pending.get_many(ids, tx)
        rejected = [
            (Rejection(event.id, event.digest, event.conference_id, event.persons, reason, tx.now, failed), event.record)
            for event in waiting
        ]
        await self.reject(rejected, tx)
        await self._pending.remove(ids, tx)

    async def reject(self, rejected: Iterable[tuple[Rejection, Record]], tx: Tx) -> None:
        """Store why these events are not recorded, for their publishers and for the operators of the webhooks that brought
        them."""
        # If an id occurs twice, the last one counts.
        last = {rejection.id: (rejection, record) for rejection, record in rejected}
        await self._rejections.save([one for one, _ in last.values() if self._has_quota(one, tx)], tx)
        await self._on_rejected([*last.values()], tx)

    def rejection(self, event: Event, reason: str, tx: Tx, *, failed: bool = False) -> Rejection:
        """The record of an event that is not recorded. ``failed``: the fault is ours."""
        return Rejection(
            id=fact_id(event.source, event.id),
            digest=content_digest(event),
            conference_id=getattr(event.data, "conference_id", ""),
            persons=persons_of(event, self._person_id),
            reason=reason,
            at=tx.now,
            failed=failed,
        )

    def _has_quota(self, rejection: Rejection, tx: Tx) -> bool:
        now = tx.now.timestamp()
        has_quota = self._quota.take(rejection.source, rejection.size, now)
        if not has_quota and self._quota.first_refusal(rejection.source, now):
            log.warning("rejections_not_stored", source=rejection.source)
        return has_quota

    async def _within_capacity(self, unrecorded: Unrecorded, tx: Tx) -> list[PendingEvent]:
        await self._count({event.source for _, event, _ in unrecorded.deferred}, tx)
        accepted = []
        for fact, event, missing in unrecorded.deferred:
            pending = self._pending_event(fact, event, tx)
            if full := self._capacity.take(event.source, pending.size, tx.now):
                unrecorded.refuse(event, f"{missing.partition(';')[0]}; {full}: announce it, then send the event again")
            else:
                accepted.append(pending)
        return accepted

    async def _count(self, sources: set[str], tx: Tx) -> None:
        if stale := self._capacity.to_count(sources, tx.now):
            self._capacity.counted(await self._pending.of_sources(stale, tx), tx.now)
        if self._capacity.is_to_count_all(tx.now):
            self._capacity.counted_all(await self._pending.of_all(tx), tx.now)

    def _pending_event(self, fact: Fact, event: Event, tx: Tx) -> PendingEvent:
        record = event.record
        return PendingEvent(
            id=fact.id,
            digest=fact.digest,
            source=event.source,
            conference_id=fact.conference_id,
            session_id=session_of(event.data) if isinstance(event.data, Attendance) else "",
            persons=persons_of(event, self._person_id),
            at=fact.at,
            received_at=tx.now,
            record=Received(record.topic, record.value, record.headers, record.key, record.partition, record.offset),
        )

    def _person_id(self, text: str) -> str:
        return person_id(text, self._person_key)
