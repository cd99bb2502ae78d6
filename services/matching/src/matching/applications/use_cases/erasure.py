"""The part of an erasure that deletes attendees' applications."""

from collections.abc import Collection

from matching.applications.repository.applications import ApplicationsRepository
from matching.seats.use_cases import SeatAllocator
from shared.contract.topics import APPLICATIONS
from shared.database.mongo import Tx


class ApplicationEraser:
    """Erases attendees' applications, in the transaction given."""

    def __init__(self, applications: ApplicationsRepository, seats: SeatAllocator) -> None:
        self._applications = applications
        self._seats = seats

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Delete these attendees' applications, and free the seats of their offers. Tombstones delete them for other services."""
        if not attendee_ids:
            return
        ids = await self._applications.erase(attendee_ids, tx)
        await self._seats.erase((), ids, tx)
        for id in ids:
            tx.erase(APPLICATIONS, id)
