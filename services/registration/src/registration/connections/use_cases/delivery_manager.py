"""What became of deliveries, for those who look after connections; and trying them again."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from registration.attendees.repository.facts import Facts
from registration.connections.domain.deliveries import Delivery, State
from registration.connections.repository.deliveries import Deliveries
from shared.errors import Conflict, NotFound

RECORDED: Final = "its event was rejected first, and is recorded now: it was sent again"


class DeliveryManager:
    """Shows operators what became of deliveries, and has failed ones tried again."""

    def __init__(self, deliveries: Deliveries, facts: Facts) -> None:
        self._deliveries = deliveries
        self._facts = facts

    async def latest(self, connection_id: str, state: State | None, before: datetime | None, limit: int) -> list[Delivery]:
        """A connection's deliveries, the latest first."""
        found = await self._as_they_are_now(await self._deliveries.latest(connection_id, state, before, limit))
        return [one for one in found if state in (None, one.state)]

    async def get(self, connection_id: str, id: str) -> Delivery:
        """One of a connection's deliveries. Raises ``NotFound`` where there is none of this id."""
        delivery = await self._deliveries.get(id)
        if delivery is None or delivery.connection_id != connection_id:
            raise NotFound("delivery", id)
        (now,) = await self._as_they_are_now([delivery])
        return now

    async def _as_they_are_now(self, deliveries: list[Delivery]) -> list[Delivery]:
        """These deliveries: done where an event was rejected, and is recorded since, as its dead letter was replayed."""
        recorded = await self._facts.digests({one.event for one in deliveries if one.event})
        return [
            replace(one, state="done", reason=RECORDED, event="") if one.event and recorded.get(one.event) == one.digest else one
            for one in deliveries
        ]

    async def retry(self, connection_id: str, id: str, now: datetime) -> None:
        """Try a failed or pending delivery again from the start.

        Raises:
            NotFound: there is none of this id.
            Conflict: it is neither.
        """
        if await self._deliveries.retry(connection_id, now, id):
            return
        delivery = await self.get(connection_id, id)
        instead = "; replay the dead letter of its event instead" if delivery.state in ("conflict", "rejected") else ""
        raise Conflict(f"the delivery {id!r} is {delivery.state}; only a failed or pending one is tried again{instead}")

    async def retry_all(self, connection_id: str, now: datetime) -> int:
        """Try all of a connection's failed and pending deliveries again. Returns how many there are."""
        return await self._deliveries.retry(connection_id, now)
