"""What an erasure deletes of a portfolio."""

from collections.abc import Collection

from registration.portfolio.repository.handles import Handles
from registration.portfolio.repository.placements import Placements
from shared.database.mongo import Tx


class PortfolioEraser:
    """Erases portfolios, in the transaction given."""

    def __init__(self, placements: Placements, handles: Handles) -> None:
        self._placements = placements
        self._handles = handles

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Delete the placements of these attendees. Of their handles, a hash stays, so that nobody else gets them."""
        ids = [placement.id async for placement in self._placements.of(attendee_ids, tx)]
        await self._placements.remove(ids, tx)
        await self._handles.erase(attendee_ids, tx)
