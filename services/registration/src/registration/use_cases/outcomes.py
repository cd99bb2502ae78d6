"""What becomes of events that are not recorded: they wait for their conference or session, or are rejected."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from registration.domain.attendance import Fact, content_digest, fact_id
from registration.domain.facts import persons_of
from registration.domain.pending import MOST_WAITING, MOST_WAITING_BYTES, Unrecorded, Waiting, session_of
from registration.repository.pending import Pending
from registration.repository.rejections import Rejection, Rejections
from shared.envelope import Event, Received
from shared.events.attendance import Attendance
from shared.mongo import Tx
from shared.persons import person_id

_COUNTED_FOR: Final = timedelta(seconds=30)
_MOST_COUNTED: Final = 1000


class Outcomes:
    """Keeps what waits and what was rejected, in the transaction given."""

    def __init__(
        self,
        pending: Pending,
        rejections: Rejections,
        person_key: SecretStr,
        most_waiting: int = MOST_WAITING,
        most_bytes: int = MOST_WAITING_BYTES,
    ) -> None:
        """``most_waiting`` and ``most_bytes`` bound what waits of one source."""
        self._pending = pending
        self._rejections = rejections
        self._person_key = person_key
        self._most = most_waiting
        self._most_bytes = most_bytes
        self._counted: dict[str, tuple[datetime, int, int]] = {}
        """Of a source: when it was counted what waits, how many events and bytes. An estimate is enough for a bound."""

    async def of(self, ids: Collection[str], tx: Tx) -> Unrecorded:
        """The events of a batch that are not recorded: so far, those that wait already."""
        return Unrecorded(await self._pending.digests(ids, tx))

    async def save(self, unrecorded: Unrecorded, tx: Tx) -> None:
        """Keep what waits, and reject what was refused, or has no room to wait."""
        waiting = await self._with_room(unrecorded, tx) if unrecorded.held else []
        await self._pending.add(waiting, tx)
        await self._pending.remove(unrecorded.released, tx)
        for event, reason in unrecorded.refused:
            tx.reject(event, reason)
        # The last one counts, should an id come twice.
        rejections = {one.id: one for event, reason in unrecorded.refused for one in [self._rejection(event, reason, tx)]}
        await self._rejections.save(rejections.values(), tx)

    async def give_up(self, ids: Collection[str], reason: str, tx: Tx) -> None:
        """These events wait no more, and are rejected; their dead letters are kept already."""
        waiting = await self._pending.some(ids, tx)
        await self._rejections.save(
            [Rejection(one.id, one.digest, one.conference_id, one.persons, reason, tx.now) for one in waiting], tx
        )
        await self._pending.remove(ids, tx)

    def _rejection(self, event: Event, reason: str, tx: Tx) -> Rejection:
        """What is kept of a rejected event."""
        return Rejection(
            id=fact_id(event.source, event.id),
            digest=content_digest(event),
            conference_id=getattr(event.data, "conference_id", ""),
            persons=persons_of(event, self._person_id),
            reason=reason,
            at=tx.now,
        )

    async def _with_room(self, unrecorded: Unrecorded, tx: Tx) -> list[Waiting]:
        await self._count({event.source for _, event, _ in unrecorded.held}, tx)
        waiting = []
        for fact, event, lacks in unrecorded.held:
            one = self._waiting(fact, event, tx)
            at, events, size = self._counted[event.source]
            if events < self._most and size + one.size <= self._most_bytes:
                self._counted[event.source] = at, events + 1, size + one.size
                waiting.append(one)
            else:
                reason = f"{lacks.partition(';')[0]}; so many events of this source wait already that no more can"
                unrecorded.refuse(event, reason)
        return waiting

    async def _count(self, sources: set[str], tx: Tx) -> None:
        """See to it that it is known how much of these sources waits."""
        old = {source for source in sources if source not in self._counted or self._counted[source][0] < tx.now - _COUNTED_FOR}
        if not old:
            return
        if len(self._counted) > _MOST_COUNTED:
            self._counted = {source: counted for source, counted in self._counted.items() if source in sources - old}
        sums = await self._pending.of_sources(old, tx)
        self._counted |= {source: (tx.now, *sums.get(source, (0, 0))) for source in old}

    def _waiting(self, fact: Fact, event: Event, tx: Tx) -> Waiting:
        record = event.record
        return Waiting(
            id=fact.id,
            digest=fact.digest,
            source=event.source,
            conference_id=fact.conference_id,
            session_id=session_of(event.data) if isinstance(event.data, Attendance) else "",
            persons=persons_of(event, self._person_id),
            received_at=tx.now,
            record=Received(record.topic, record.value, record.headers, record.key, record.partition, record.offset),
        )

    def _person_id(self, text: str) -> str:
        return person_id(text, self._person_key)
