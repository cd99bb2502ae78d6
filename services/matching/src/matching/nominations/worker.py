"""Ends nominations with their programmes, and deletes those that were kept long enough.

Instances need not agree on who does it: what one has done is nothing to do for another.
"""

from functools import partial

from matching.nominations.domain.transitions import STANDING
from matching.nominations.repository import NominationsRepository
from matching.nominations.use_cases import Nominations
from shared.database.mongo import Database


class NominationsWorker:
    """Processes whatever is due, page by page."""

    def __init__(self, nominations: Nominations, repository: NominationsRepository, database: Database) -> None:
        self._nominations = nominations
        self._repository = repository
        self._database = database

    async def work(self) -> None:
        """End all that is due now."""
        for listing_id in await self._repository.programmes(STANDING):
            while await self._database.transact(partial(self._nominations.expire, listing_id)):
                pass

    async def sweep(self) -> None:
        """Delete all that was kept long enough."""
        for listing_id in await self._repository.programmes():
            while await self._database.transact(partial(self._nominations.sweep, listing_id)):
                pass
