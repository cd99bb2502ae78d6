"""Rejects several applicants at once. The host can undo it until they are notified."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from matching.applications.domain import decisions
from matching.applications.domain.application import PendingRejection
from matching.applications.domain.transitions import RULES
from matching.applications.repository import ApplicationsRepository, PendingRejections
from matching.applications.use_cases.application_changer import ApplicationChanger, CommandRequest
from shared.database.mongo import Tx
from shared.refusals import Conflict, NotFound, Stale

TIME_TO_UNDO: Final = timedelta(minutes=10)
_IN_TIME: Final = timedelta(seconds=30)
"""A rejection is sent at least this long before the answer is due."""


class Rejections:
    """Operations on rejections, each in the transaction given. The application is unchanged until ``TIME_TO_UNDO`` has passed."""

    def __init__(self, changer: ApplicationChanger, applications: ApplicationsRepository, pending: PendingRejections) -> None:
        self._changer = changer
        self._applications = applications
        self._pending = pending

    async def plan(self, organization_id: str, seen: Mapping[str, int], tx: Tx) -> list[str]:
        """Plan to reject these applications, given with the versions that the host saw. Repeating it changes nothing.

        Returns the ids of applications left out, because they have changed since, belong to another host, or cannot be rejected.
        """
        found = {one.id: one for one in await self._applications.get_many(seen, tx)}
        left_out = []
        for id, version in seen.items():
            one = found.get(id)
            its = one is not None and one.organization_id == organization_id and one.version == version
            if one is None or not its or one.state not in RULES["reject"].sources:
                left_out.append(id)
                continue
            at = tx.now + TIME_TO_UNDO
            if one.answer_by:  # the time to undo must not make it count as unanswered
                at = max(tx.now, min(at, one.answer_by - _IN_TIME))
            await self._pending.add(PendingRejection(id, organization_id, version, at), tx)
        return left_out

    async def undo(self, organization_id: str, ids: Collection[str], tx: Tx) -> int:
        """Undo these rejections if nobody has been notified yet. Returns how many were undone."""
        return len([id for id in ids if await self._pending.take(id, tx, organization_id)])

    async def carry_out(self, ids: Collection[str], tx: Tx) -> None:
        """Reject these applications, except those that changed since the host saw them, on which the host has to decide again."""
        for id in ids:
            pending = await self._pending.take(id, tx)
            if pending is None:
                continue
            request = CommandRequest(id=id, command="reject", seen=pending.version, hosts=[pending.organization_id])
            try:
                await self._changer.change_by(request, lambda one: decisions.reject(one, tx.now), tx)
            except (Conflict, Stale, NotFound):
                continue
