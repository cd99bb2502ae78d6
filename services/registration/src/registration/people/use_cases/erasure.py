"""Everything that an erasure deletes about a person in registration, and from the topics it writes and reads."""

from datetime import datetime

from registration.attendance.repository.pending import PendingEvents
from registration.attendance.repository.rejections import Rejections
from registration.connections.repository.deliveries import Deliveries
from registration.connections.repository.objects import Objects
from registration.keys.repository import Keys
from registration.people.commands import EraseAgain
from registration.people.use_cases.people import People
from registration.portfolio.use_cases.erasure import PortfolioEraser
from shared.contract.envelope import Event
from shared.contract.topics import ERASURES
from shared.database.mongo import Tx
from shared.messaging.erasure import Erasures


class PersonEraser:
    """Erases a person, in the transaction given. Only the person's ids and the time of the erasure remain.

    Store any other data about persons so that it can be erased here, and add it to ``erase``.
    """

    def __init__(
        self,
        people: People,
        keys: Keys,
        objects: Objects,
        deliveries: Deliveries,
        pending: PendingEvents,
        rejections: Rejections,
        portfolios: PortfolioEraser,
        erasures: Erasures,
    ) -> None:
        self._people = people
        self._keys = keys
        self._objects = objects
        self._deliveries = deliveries
        self._pending = pending
        self._rejections = rejections
        self._portfolios = portfolios
        self._erasures = erasures

    async def erase(self, id: str, tx: Tx, at: datetime | None = None) -> None:
        """Delete everything about the person. Contacts and profiles become tombstones, which other services follow.

        ``at``: when the person was erased, if that was before.
        """
        # The attendees, their facts, the encounters of others with them, and which conferences they organize
        ids = await self._people.erase(id, tx, at)
        # The keys with which they see their own data
        await self._keys.erase(ids, tx)
        # What other systems reported about them: the parts of objects, and webhooks
        await self._objects.erase(ids, tx)
        await self._deliveries.erase(ids, tx)
        # Events that are not recorded
        await self._pending.erase(ids, tx)
        await self._rejections.erase(ids, tx)
        # Their placements and the handles of their portfolios
        await self._portfolios.erase(ids, tx)
        # Records of ``attendance.inbound`` and dead letters, within a minute
        await self._erasures.add(ids, tx)
        # So that the person can be erased again if the database is ever restored to an earlier state
        for one in () if at else ids:
            tx.publish(ERASURES, one, EraseAgain(attendee_id=one, at=tx.now), version=int(tx.now.timestamp() * 1000))

    async def erase_again(self, events: list[Event], tx: Tx) -> None:
        """Erase the persons in these events if the database, restored to before the erasure, does not know of it."""
        for event in events:
            if isinstance(event.data, EraseAgain):
                known = await self._people.erased_at(event.data.attendee_id, tx)
                if known is None or known < event.data.at:
                    await self.erase(event.data.attendee_id, tx, event.data.at)
