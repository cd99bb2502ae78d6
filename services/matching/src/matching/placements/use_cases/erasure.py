"""The part of an erasure that deletes attendees' placements."""

from collections.abc import Collection

from matching.placements.repository import PlacementsRepository
from matching.seats.use_cases import SeatAllocator
from shared.contract.topics import PLACEMENTS
from shared.database.mongo import Tx


class PlacementEraser:
    """Erases placements, in the transaction given."""

    def __init__(self, placements: PlacementsRepository, seats: SeatAllocator) -> None:
        self._placements = placements
        self._seats = seats

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Delete these attendees' placements and free their seats. Tombstones delete them for other services."""
        ids = await self._placements.erase(attendee_ids, tx)
        await self._seats.erase(ids, (), tx)
        for id in ids:
            tx.erase(PLACEMENTS, id)
