"""The part of an erasure that deletes a portfolio."""

from collections.abc import Collection

from registration.portfolio.repository.handles import Handles
from registration.portfolio.repository.placements import Placements
from registration.portfolio.use_cases.revoker import Revoker
from shared.database.mongo import Tx


class PortfolioEraser:
    """Erases portfolios, in the transaction given."""

    def __init__(self, placements: Placements, handles: Handles, revoker: Revoker) -> None:
        self._placements = placements
        self._handles = handles
        self._revoker = revoker

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Delete the placements of these attendees, and revoke their credentials, whose owners are then unknown.

        A hash of each handle stays, so that nobody else gets it.
        """
        placements = [placement async for placement in self._placements.of(attendee_ids, tx)]
        await self._revoker.revoke([placement.credential for placement in placements if placement.credential], tx)
        await self._placements.remove([placement.id for placement in placements], tx)
        await self._handles.erase(attendee_ids, tx)
