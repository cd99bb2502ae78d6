"""HTTP interface: nominations, for mentors, nominees and hosts."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field

from matching.nominations.domain.nomination import EVERYBODY, Nomination, Viewer
from matching.nominations.domain.requests import Proposal
from matching.nominations.domain.transitions import Actor, State
from matching.nominations.repository import NominationsRepository
from matching.nominations.use_cases import Nominations
from shared.contract.events.fields import Id
from shared.database.mongo import Database
from shared.refusals import Invalid, NotFound
from shared.web.access.callers import Caller, PersonCaller
from shared.web.access.guard import Guard
from shared.web.access.router import Router
from shared.web.preconditions import IfMatch, OptionalIfMatch, show_version

Limit = Annotated[int, Query(ge=1, le=100)]
After = Annotated[Id | None, Query(description="the `next` of the previous page")]


class NominationStepView(BaseModel):
    """A change of state."""

    state: State
    at: datetime
    by: Actor


class NominationView(BaseModel):
    """A nomination. Its ETag is its ``version``: commands need it as If-Match."""

    id: str
    version: int
    attendee_id: str = Field(description="the nominee")
    listing_id: str = Field(description="the programme")
    title: str = Field(description="the programme's title when the mentor nominated")
    host_id: str = Field(description="the organization whose programme it is")
    host: str
    organization_id: str = Field(description="the organization in whose name the mentor nominates")
    mentor_person_id: str | None = Field(description="null: the mentor has left that organization")
    note: str = Field(description="why, in the mentor's words")
    state: State
    history: list[NominationStepView] = Field(description="its changes of state, the first one first")

    @classmethod
    def of(cls, nomination: Nomination) -> Self:
        return cls.model_validate(nomination, from_attributes=True)


class NominationPage(BaseModel):
    """A page of nominations, by id. ``next`` is the ``after`` of the next page; null on the last one."""

    items: list[NominationView]
    next: str | None

    @classmethod
    def of(cls, found: list[Nomination], limit: int) -> Self:
        """``found``: one more than ``limit``, if there is another page."""
        items = [NominationView.of(nomination) for nomination in found[:limit]]
        return cls(items=items, next=items[-1].id if len(found) > limit else None)


def create_router(guard: Guard, nominations: Nominations, repository: NominationsRepository, database: Database) -> Router:
    """``/nominations`` and ``/attendees/{attendee_id}/nominations``. What callers may not see does not exist for them."""
    router = Router(tags=["nominations"])
    answering = guard("nominations", attendee=True, people=True)
    nominating = guard("nominations", organization=True, people=True)
    reading = guard("nominations", attendee=True, organization=True, people=True)

    def shown(nomination: Nomination, response: Response) -> NominationView:
        show_version(response, nomination.version)
        return NominationView.of(nomination)

    @router.post("/nominations", responses={201: {"model": NominationView}})
    async def nominate(proposal: Proposal, response: Response, caller: Annotated[Caller, Depends(nominating)]) -> NominationView:
        """Nominate somebody for a leadership programme, as a mentor who knows them. Repeating the request changes nothing.

        Only the nominee sees it until they agree. 409 before the programme opens and after it has closed; 404 for somebody whom
        the mentor does not know.
        """
        guard.organization(caller, proposal.organization_id)
        mentor_ids = _mentor_ids(proposal, caller)
        nomination, new = await database.transact(lambda tx: nominations.nominate(proposal, mentor_ids, tx))
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return shown(nomination, response)

    @router.get("/attendees/{attendee_id}/nominations")
    async def get_own_nominations(
        attendee_id: Id,
        response: Response,
        caller: Annotated[Caller, Depends(answering)],
        limit: Limit = 100,
        after: After = None,
    ) -> NominationPage:
        """Return the attendee's nominations, including those that have ended.

        Attendees who are signed in see their own; others get 404.
        """
        guard.owner(caller, "attendee", attendee_id, attendee_id=attendee_id)
        response.headers["Cache-Control"] = "no-store"
        return NominationPage.of(await repository.page(EVERYBODY, after or "", limit + 1, attendee_id=attendee_id), limit)

    @router.get("/nominations")
    async def get_nominations(
        response: Response,
        caller: Annotated[Caller, Depends(nominating)],
        listing_id: Id | None = None,
        limit: Limit = 100,
        after: After = None,
    ) -> NominationPage:
        """Return nominations, optionally of one listing: a mentor's own, and agreed ones for a host's programmes."""
        response.headers["Cache-Control"] = "no-store"
        return NominationPage.of(await repository.page(viewer(caller), after or "", limit + 1, listing_id=listing_id), limit)

    @router.get("/nominations/{id}")
    async def get_nomination(id: Id, response: Response, caller: Annotated[Caller, Depends(reading)]) -> NominationView:
        """Return the nomination, with its ETag. Its nominee and its mentor see it, and its host once the nominee has agreed."""
        nomination = await repository.get(id)
        if nomination is None or not viewer(caller).sees(nomination):
            raise NotFound("nomination", id)
        return shown(nomination, response)

    @router.post("/nominations/{id}/agree")
    async def agree(id: Id, seen: IfMatch, response: Response, caller: Annotated[Caller, Depends(answering)]) -> NominationView:
        """Agree to be nominated: from then on, the host sees it and the nominee can apply. 409 if the programme is not open.

        A nomination of somebody else gets 404.
        """
        return shown(await database.transact(lambda tx: nominations.agree(id, seen, viewer(caller), tx)), response)

    @router.post("/nominations/{id}/decline")
    async def decline(id: Id, seen: IfMatch, response: Response, caller: Annotated[Caller, Depends(answering)]) -> NominationView:
        """Decline to be nominated, or withdraw the agreement. A nomination of somebody else gets 404."""
        return shown(await database.transact(lambda tx: nominations.decline(id, seen, viewer(caller), tx)), response)

    @router.post("/nominations/{id}/withdraw")
    async def withdraw(
        id: Id, seen: OptionalIfMatch, response: Response, caller: Annotated[Caller, Depends(nominating)]
    ) -> NominationView:
        """Withdraw the nomination, as its mentor. One that the caller cannot see gets 404."""
        return shown(await database.transact(lambda tx: nominations.withdraw(id, seen, viewer(caller), tx)), response)

    return router


def viewer(caller: Caller) -> Viewer:
    """Which nominations the caller sees. A person is a mentor by themselves, a program for all mentors of its organization."""
    if caller.organization_ids is None and caller.attendee_ids is None:
        return EVERYBODY
    hosts = caller.organization_ids or ()
    if isinstance(caller, PersonCaller):
        return Viewer(nominees=caller.attendee_ids or (), mentors=caller.session.person_ids, hosts=hosts)
    return Viewer(organizations=hosts, hosts=hosts)


def _mentor_ids(proposal: Proposal, caller: Caller) -> list[str]:
    """The ids of the mentor: of whoever is signed in, unless they may act for all, or as a program says."""
    if isinstance(caller, PersonCaller) and caller.organization_ids is not None:
        own, named = list(caller.session.person_ids), proposal.mentor_person_id
        if named is not None and named not in own:
            raise Invalid("mentor_person_id", "is somebody else; leave it out to nominate as the mentor yourself")
        return own
    if proposal.mentor_person_id is None:
        raise Invalid("mentor_person_id", "is missing; name the mentor who nominates")
    return [proposal.mentor_person_id]
