"""Deletes invitations that were kept long enough. Instances need not agree on who does it."""

from matching.invitations.use_cases import Invitations
from shared.database.mongo import Database


class InvitationsWorker:
    """Does what is due, page by page."""

    def __init__(self, invitations: Invitations, database: Database) -> None:
        self._invitations = invitations
        self._database = database

    async def sweep(self) -> None:
        """Delete all that was kept long enough."""
        while await self._database.transact(self._invitations.sweep):
            pass
