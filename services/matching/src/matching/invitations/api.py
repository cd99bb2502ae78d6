"""HTTP interface: suitable candidates for a listing, and invitations to apply."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field

from matching.applications.domain.profile import HostProfile
from matching.invitations.domain import Invitation, ShownCandidate
from matching.invitations.repository import InvitationsRepository
from matching.invitations.use_cases import MOST_SHOWN, Invitations
from shared.contract.events.fields import Id
from shared.contract.events.matching import Reason
from shared.database.mongo import Database, Tx
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router


class CandidateView(BaseModel):
    """A suitable candidate for a listing, without a name."""

    id: str = Field(description="the candidate's id for this listing; different for each listing")
    profile: HostProfile
    score: float
    reasons: list[Reason]
    application_id: str | None = Field(description="their application for the listing; null: they have not applied")
    invited_at: datetime | None = Field(description="when they were invited to apply; null: not yet")

    @classmethod
    def of(cls, one: ShownCandidate) -> "CandidateView":
        return cls(
            id=one.id,
            profile=one.profile,
            score=one.match.score,
            reasons=one.match.reasons,
            application_id=one.application[0] if one.application else None,
            invited_at=one.invited_at,
        )


class CandidatesPage(BaseModel):
    """Suitable candidates for a listing, the best first."""

    items: list[CandidateView]
    more: bool = Field(description="whether there are more, with a higher `skip`")


class InvitationView(BaseModel):
    """An invitation to apply."""

    listing_id: str
    organization_id: str
    invited_at: datetime

    @classmethod
    def of(cls, one: Invitation) -> "InvitationView":
        return cls(listing_id=one.listing_id, organization_id=one.organization_id, invited_at=one.invited_at)


def create_router(guard: Guard, invitations: Invitations, repository: InvitationsRepository, database: Database) -> Router:
    """``/listings/{listing_id}/candidates`` and ``/attendees/{attendee_id}/invitations``."""
    router = Router(tags=["applications"])
    hosting = guard("applications", organization=True, people=True)
    applying = guard("applications", attendee=True, people=True)

    @router.get("/listings/{listing_id}/candidates")
    async def get_candidates(
        listing_id: Id,
        response: Response,
        caller: Annotated[Caller, Depends(hosting)],
        skip: Annotated[int, Query(ge=0, le=MOST_SHOWN)] = 0,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> CandidatesPage:
        """Return the candidates who suit the listing and agreed to be shown to its host, the best first, without names.

        A listing of another organization gets 404.
        """

        async def read(tx: Tx) -> CandidatesPage:
            listing = await invitations.listing(listing_id, caller.organization_ids, tx)
            shown, more = await invitations.shown(listing, skip, limit, tx)
            return CandidatesPage(items=[CandidateView.of(one) for one in shown], more=more)

        response.headers["Cache-Control"] = "no-store"
        return await database.transact(read)

    @router.put("/listings/{listing_id}/candidates/{candidate}/invitation", responses={201: {"model": InvitationView}})
    async def invite(
        listing_id: Id, candidate: Id, response: Response, caller: Annotated[Caller, Depends(hosting)]
    ) -> InvitationView:
        """Invite the candidate to apply, once. They get a mail, unless they turned such mails off.

        Nobody is told if they ignore it.

        409 if the listing takes no applications, they have applied, or too many were invited; 404 if they are no longer a
        candidate, for whatever reason.
        """
        invitation, new = await database.transact(
            lambda tx: invitations.invite(listing_id, candidate, caller.organization_ids, tx)
        )
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return InvitationView.of(invitation)

    @router.get("/attendees/{attendee_id}/invitations")
    async def get_invitations(
        attendee_id: Id, response: Response, caller: Annotated[Caller, Depends(applying)]
    ) -> list[InvitationView]:
        """Return the attendee's invitations to apply, the newest first.

        Attendees who are signed in see their own; others get 404.
        """
        guard.owner(caller, "attendee", attendee_id, attendee_id=attendee_id)
        response.headers["Cache-Control"] = "no-store"
        return [InvitationView.of(one) for one in await database.transact(lambda tx: repository.of([attendee_id], tx))]

    return router
