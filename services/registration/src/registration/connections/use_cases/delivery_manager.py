"""Shows operators what became of deliveries, and tries failed ones again."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from registration.attendees.repository.facts import Facts
from registration.connections.domain.deliveries import Delivery, State
from registration.connections.repository.deliveries import Deliveries
from shared.refusals import Conflict, NotFound

RECORDED: Final = "its event was rejected at first, then sent again and recorded"


class DeliveryManager:
    """Shows deliveries to operators, and retries them."""

    def __init__(self, deliveries: Deliveries, facts: Facts) -> None:
        self._deliveries = deliveries
        self._facts = facts

    async def latest(self, connection_id: str, state: State | None, before: datetime | None, limit: int) -> list[Delivery]:
        """A connection's deliveries, the latest first."""
        found = await self._updated(await self._deliveries.latest(connection_id, state, before, limit))
        return [delivery for delivery in found if state in (None, delivery.state)]

    async def get(self, connection_id: str, id: str) -> Delivery:
        """One of a connection's deliveries. Raises ``NotFound`` if there is none with this id."""
        delivery = await self._deliveries.get(id)
        if delivery is None or delivery.connection_id != connection_id:
            raise NotFound("delivery", id)
        (now,) = await self._updated([delivery])
        return now

    async def _updated(self, deliveries: list[Delivery]) -> list[Delivery]:
        """These deliveries; a rejected one is done if its event is recorded by now, because its dead letter was replayed."""
        recorded = await self._facts.digests({delivery.event for delivery in deliveries if delivery.event})
        return [
            replace(delivery, state="done", reason=RECORDED, event="")
            if delivery.event and recorded.get(delivery.event) == delivery.digest
            else delivery
            for delivery in deliveries
        ]

    async def retry(self, connection_id: str, id: str, now: datetime) -> None:
        """Try a failed or pending delivery again from the start.

        Raises:
            NotFound: there is none with this id.
            Conflict: it has neither failed nor is it pending.
        """
        if await self._deliveries.retry(connection_id, now, id):
            return
        delivery = await self.get(connection_id, id)
        instead = "; replay the dead letter of its event instead" if delivery.state in ("conflict", "rejected") else ""
        raise Conflict(f"the delivery {id!r} is {delivery.state}; only a failed or pending one can be retried{instead}")

    async def retry_all(self, connection_id: str, now: datetime) -> int:
        """Try all failed and pending deliveries of a connection again. Returns how many there are."""
        return await self._deliveries.retry(connection_id, now)
