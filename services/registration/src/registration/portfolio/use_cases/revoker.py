"""Revokes credentials."""

from collections.abc import Iterable

import structlog

from registration.portfolio.domain.placements import Credential
from registration.portfolio.repository.status_lists import StatusLists
from shared.database.mongo import Tx

log = structlog.get_logger(__name__)


class Revoker:
    """Revokes credentials, in the transaction given."""

    def __init__(self, lists: StatusLists) -> None:
        self._lists = lists

    async def revoke(self, credentials: Iterable[Credential], tx: Tx) -> None:
        """Revoke these credentials, for good. The caller must forget their indexes, which are never reused."""
        for credential in credentials:
            status_list = await self._lists.get(credential.list_id, tx)
            if status_list:
                status_list.revoke(credential.index)
                await self._lists.save(status_list, tx)
            log.info("credential_revoked")
