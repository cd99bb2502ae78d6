"""What an erasure deletes of a person in registration, and from the topics that registration writes and reads."""

from registration.attendance.repository.pending import PendingEvents
from registration.attendance.repository.rejections import Rejections
from registration.connections.repository.deliveries import Deliveries
from registration.connections.repository.objects import Objects
from registration.keys.repository import Keys
from registration.people.use_cases.people import People
from registration.portfolio.use_cases.erasure import PortfolioEraser
from shared.database.mongo import Tx
from shared.messaging.erasure import Erasures


class PersonEraser:
    """Erases a person, in the transaction given. Only the person's ids and the time of the erasure remain.

    Store whatever else is about persons so that it can be erased here, and add it to ``erase``.
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

    async def erase(self, id: str, tx: Tx) -> None:
        """Delete everything about the person. Contacts and profiles become tombstones, which other services follow."""
        # The attendees, their facts, the encounters of others with them, and which conferences they organize
        ids = await self._people.erase(id, tx)
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
