"""Gives a command for several applications at once. The host can undo it until the applicants are told."""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Final

from matching.applications.domain.application import PendingCommand
from matching.applications.domain.requests import OfferRequest, Slots
from matching.applications.domain.transitions import BulkCommand
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.repository.pending_commands import PendingCommands
from matching.applications.use_cases.application_changer import CommandRequest
from matching.applications.use_cases.hosts import Hosts
from matching.seats.use_cases import SeatAllocator
from shared.database.mongo import Tx
from shared.refusals import Conflict, Invalid, NotFound, Refusal, Stale
from shared.worded import Worded

TIME_TO_UNDO: Final = timedelta(minutes=10)
_IN_TIME: Final = timedelta(seconds=30)
"""A command is carried out at least this long before the answer is due."""

Bodies = Callable[[int], Slots | OfferRequest | None]
"""What the command says to each applicant, by how many come before."""


class BulkAnswers:
    """Operations on pending commands, each in the transaction given.

    The application is unchanged until ``TIME_TO_UNDO`` has passed, but the seat of an offer is held at once.
    """

    def __init__(
        self, hosts: Hosts, applications: ApplicationsRepository, pending: PendingCommands, seats: SeatAllocator
    ) -> None:
        self._hosts = hosts
        self._applications = applications
        self._pending = pending
        self._seats = seats

    async def plan(
        self, organization_id: str, command: BulkCommand, seen: Mapping[str, int], bodies: Bodies, tx: Tx
    ) -> dict[str, Refusal]:
        """Plan the command for these applications, given with the versions that the host saw. Repeating it changes nothing.

        Returns why it is not possible for the others, by id.

        Raises:
            Invalid: it is possible for none, because of what it says.
        """
        found = {one.id: one for one in await self._applications.get_many(seen, tx)}
        earlier = await self._pending.of(seen, tx)
        refused: dict[str, Refusal] = {}
        planned = 0
        for id, version in seen.items():
            one, before = found.get(id), earlier.get(id)
            try:
                if one is None or one.organization_id != organization_id:
                    raise NotFound("application", id)
                if one.version != version:
                    raise Stale("application", version, one.version)
                if before and before.version == version:
                    if before.command != command:
                        raise Conflict(Worded("something else is about to be sent to them; undo that first"))
                    continue
                if before:  # on an earlier version, so it is not carried out
                    await self._drop(before, tx)
                at = tx.now + TIME_TO_UNDO
                if one.answer_by:  # the time to undo must not make it count as unanswered
                    at = max(tx.now, min(at, one.answer_by - _IN_TIME))
                body = bodies(planned)
                await self._hosts.decide(one, CommandRequest(id=id, command=command, body=body), at, tx)
            except Refusal as refusal:
                refused[id] = refusal
                continue
            await self._pending.put(PendingCommand(id, organization_id, version, at, command, body), tx)
            planned += 1
        if len(refused) == len(seen) and (invalid := next((one for one in refused.values() if isinstance(one, Invalid)), None)):
            raise invalid
        return refused

    async def undo(self, organization_id: str, ids: Collection[str], tx: Tx) -> int:
        """Undo these commands if nobody has been told yet. Returns how many were undone."""
        undone = [one for id in ids if (one := await self._pending.take(id, tx, organization_id))]
        for one in undone:
            await self._drop(one, tx)
        return len(undone)

    async def carry_out(self, ids: Collection[str], tx: Tx) -> None:
        """Carry out these commands, except for applications that changed meanwhile, on which the host has to decide again."""
        for id in ids:
            pending = await self._pending.take(id, tx)
            if pending is None:
                continue
            request = CommandRequest(
                id=id, command=pending.command, seen=pending.version, body=pending.body, hosts=[pending.organization_id]
            )
            try:
                await self._hosts.give(request, tx)
            except (Conflict, Stale, NotFound, Invalid):
                await self._drop(pending, tx)

    async def _drop(self, pending: PendingCommand, tx: Tx) -> None:
        """Free the seat that the offer held, unless the host made another offer meanwhile."""
        if pending.command == "offer":
            application = await self._applications.get(pending.application_id, tx)
            if application is None or application.state != "offered":
                await self._seats.erase((), [pending.application_id], tx)
