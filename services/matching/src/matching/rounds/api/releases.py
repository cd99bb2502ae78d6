"""HTTP interface: releases from seats of match days, for operators and organizers."""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel

from matching.placements.domain.placement import EndReason, State
from matching.placements.domain.requests import Release
from matching.placements.use_cases.placements import Placements
from matching.rounds.api.rankings import AttendeeId
from matching.rounds.api.rounds import InPath
from matching.rounds.repository.rounds import Rounds
from shared.database.mongo import Database
from shared.refusals import NotFound
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router


class ReleaseView(BaseModel):
    """The released placement."""

    placement_id: str
    attendee_id: str
    listing_id: str
    state: State
    end_reason: EndReason | None


def create_router(guard: Guard, rounds: Rounds, placements: Placements, database: Database) -> Router:
    """``/rounds/{id}/placements/{attendee_id}/release``."""
    router = Router(prefix="/rounds/{id}/placements", tags=["rounds"])
    running = guard("rounds", conference=True, people=True)

    @router.post("/{attendee_id}/release")
    async def release(
        id: InPath, attendee_id: AttendeeId, release: Release, caller: Annotated[Caller, Depends(running)]
    ) -> ReleaseView:
        """Release an attendee from the seat that the round gave them, before it starts, with a reason. The seat is free again.

        A key bound to another conference gets 404, and so do organizers of other conferences.
        """
        round = await rounds.get(id)
        if round is None:
            raise NotFound("round", id)
        guard.owner(caller, "round", id, conference_id=round.conference_id)
        placement = await database.transact(lambda tx: placements.release(id, attendee_id, release, tx))
        return ReleaseView(
            placement_id=placement.id,
            attendee_id=placement.attendee_id,
            listing_id=placement.listing_id,
            state=placement.state,
            end_reason=placement.end_reason,
        )

    return router
