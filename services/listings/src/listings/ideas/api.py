"""HTTP interface: attendees' ideas, and the decisions of hosts and authors."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from listings.ideas.domain.idea import Idea
from listings.ideas.domain.proposal import Inspiration, Proposal
from listings.ideas.domain.transitions import State
from listings.ideas.repository import IdeasRepository
from listings.ideas.use_cases import Ideas
from listings.organizations.domain import Organization
from listings.organizations.repository import OrganizationsRepository
from listings.pagination import After, Limit, Page, created, page_of
from listings.transactions import Transactions
from shared.contract.events.fields import Id
from shared.free_text import STORED
from shared.refusals import NotFound
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router
from shared.web.preconditions import IfMatch, show_version


class IdeaView(Proposal):
    """An idea as its author sees it."""

    id: str = Field(description="the id by which hosts know it")
    key: str
    attendee_id: str
    version: int
    state: State
    proposed_at: datetime
    expires_at: datetime = Field(description="when hosts stop seeing it, unless it is adopted")
    shown_in: list[str] = Field(
        description="its conferences whose hosts see it: where the author took part; none while they do not agree to be matched"
    )
    asked_by: list[str] = Field(description="the organizations that ask to adopt it")
    organization_id: str | None = Field(description="the organization that adopted it")
    listing_id: str | None = Field(description="the listing that it became")
    gave_way: bool = Field(
        description="whether the author lets everybody apply for that listing as soon as it is published, or now"
    )


class SharedIdea(BaseModel):
    """An idea as a host sees it: without its author and the other hosts that ask."""

    id: str
    version: int
    title: str
    text: str
    skills: list[str]
    session: Inspiration | None
    conference_ids: list[str] = Field(description="its conferences in which the organization takes part")
    proposed_at: datetime
    expires_at: datetime
    asked: bool = Field(description="whether the organization asks to adopt it")
    listing_id: str | None = Field(description="the organization's listing that it became")


class Answer(BaseModel):
    """The host that the author answers."""

    model_config = ConfigDict(extra="forbid")

    organization_id: Id


def create_router(
    guard: Guard,
    ideas: Ideas,
    repository: IdeasRepository,
    organizations: OrganizationsRepository,
    transactions: Transactions,
) -> Router:
    """Ideas. Other attendees, and their ideas, do not exist for whoever is signed in; nor do other organizations."""
    router = Router(tags=["ideas"])
    authoring = guard("ideas", attendee=True, people=True)
    hosting = guard("ideas", organization=True, people=True)

    @router.put("/attendees/{attendee_id}/ideas/{key}", responses=created(IdeaView))
    async def propose_idea(
        attendee_id: Id, key: Id, proposal: Proposal, response: Response, caller: Annotated[Caller, Depends(authoring)]
    ) -> IdeaView:
        """Propose a project, change it, or propose it again after it was withdrawn or has expired.

        Hosts that take part in its conferences see all of it, except its author. Repeating the request changes nothing. It
        cannot be changed while a host asks to adopt it.
        """
        guard.owner(caller, "attendee", attendee_id, attendee_id=attendee_id)
        idea, new = await transactions.run(lambda tx: ideas.propose(attendee_id, key, proposal, tx))
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return _own(idea, response)

    @router.get("/attendees/{attendee_id}/ideas")
    async def get_own_ideas(
        attendee_id: Id,
        response: Response,
        caller: Annotated[Caller, Depends(authoring)],
        limit: Limit = 100,
        after: After = None,
    ) -> Page[IdeaView]:
        """Return the attendee's ideas, in pages, in the order of their keys."""
        guard.owner(caller, "attendee", attendee_id, attendee_id=attendee_id)
        response.headers["Cache-Control"] = "no-store"
        found = await repository.of_author(attendee_id, after or "", limit + 1)
        return Page(items=[_idea(idea) for idea in found[:limit]], next=found[limit - 1].key if len(found) > limit else None)

    @router.get("/attendees/{attendee_id}/ideas/{key}")
    async def get_own_idea(
        attendee_id: Id, key: Id, response: Response, caller: Annotated[Caller, Depends(authoring)]
    ) -> IdeaView:
        """Return one of the attendee's ideas, with the hosts that ask to adopt it."""
        guard.owner(caller, "attendee", attendee_id, attendee_id=attendee_id)
        return _own(await ideas.of_author(attendee_id, key), response)

    @router.post("/attendees/{attendee_id}/ideas/{key}/withdraw")
    async def withdraw_idea(
        attendee_id: Id, key: Id, response: Response, caller: Annotated[Caller, Depends(authoring)]
    ) -> IdeaView:
        """Withdraw an idea: hosts no longer see it. Once it is adopted, it is the host's listing."""
        guard.owner(caller, "attendee", attendee_id, attendee_id=attendee_id)
        return _own(await transactions.run(lambda tx: ideas.withdraw(attendee_id, key, tx)), response)

    @router.post("/attendees/{attendee_id}/ideas/{key}/agree")
    async def agree(
        attendee_id: Id,
        key: Id,
        answer: Answer,
        seen: IfMatch,
        response: Response,
        caller: Annotated[Caller, Depends(authoring)],
    ) -> IdeaView:
        """Let a host that asked adopt the idea: it becomes a draft listing of that host, which learns whose idea it was.

        Once the host publishes the listing, only the author may apply for some days.
        """
        guard.owner(caller, "attendee", attendee_id, attendee_id=attendee_id)
        run = transactions.run(lambda tx: ideas.agree(attendee_id, key, answer.organization_id, seen, tx))
        return _own(await run, response)

    @router.post("/attendees/{attendee_id}/ideas/{key}/give-way")
    async def give_way(attendee_id: Id, key: Id, response: Response, caller: Annotated[Caller, Depends(authoring)]) -> IdeaView:
        """Let everybody apply for the listing that the idea became, now or once it is published (`gave_way`): its author does
        not want to be the first.
        """
        guard.owner(caller, "attendee", attendee_id, attendee_id=attendee_id)
        return _own(await transactions.run(lambda tx: ideas.give_way(attendee_id, key, tx)), response)

    @router.post("/attendees/{attendee_id}/ideas/{key}/decline")
    async def decline(
        attendee_id: Id,
        key: Id,
        answer: Answer,
        seen: IfMatch,
        response: Response,
        caller: Annotated[Caller, Depends(authoring)],
    ) -> IdeaView:
        """Decline a host's request for the idea. It cannot ask again unless the idea is proposed again."""
        guard.owner(caller, "attendee", attendee_id, attendee_id=attendee_id)
        run = transactions.run(lambda tx: ideas.decline(attendee_id, key, answer.organization_id, seen, tx))
        return _own(await run, response)

    @router.get("/organizations/{id}/ideas")
    async def get_ideas(
        id: Id,
        response: Response,
        caller: Annotated[Caller, Depends(hosting)],
        limit: Limit = 100,
        after: After = None,
        conference_id: Annotated[Id | None, Query(description="only ideas for hosts of this conference")] = None,
    ) -> Page[SharedIdea]:
        """Return the ideas of attendees of the organization's conferences, in pages. Unapproved organizations see none."""
        guard.owner(caller, "organization", id, organization_id=id)
        host = await organizations.organization(id)
        if host is None:
            raise NotFound("organization", id)
        response.headers["Cache-Control"] = "no-store"
        conference_ids = [one for one in host.conference_ids if host.approved and conference_id in (None, one)]
        found = await repository.live(conference_ids, after or "", limit + 1)
        return page_of(found, limit, lambda idea: _shared(idea, host))

    @router.get("/organizations/{id}/ideas/{idea_id}")
    async def get_idea(id: Id, idea_id: Id, response: Response, caller: Annotated[Caller, Depends(hosting)]) -> SharedIdea:
        """Return an idea that the organization can see, or has adopted."""
        guard.owner(caller, "organization", id, organization_id=id)
        return _seen_by(*await ideas.of_host(id, idea_id), response)

    @router.post("/organizations/{id}/ideas/{idea_id}/ask")
    async def ask(
        id: Id, idea_id: Id, seen: IfMatch, response: Response, caller: Annotated[Caller, Depends(hosting)]
    ) -> SharedIdea:
        """Ask to adopt an idea. Its author sees which organization asks, and agrees or declines."""
        guard.owner(caller, "organization", id, organization_id=id)
        return _seen_by(*await transactions.run(lambda tx: ideas.ask(id, idea_id, seen, tx)), response)

    @router.post("/organizations/{id}/ideas/{idea_id}/take-back")
    async def take_back(
        id: Id, idea_id: Id, seen: IfMatch, response: Response, caller: Annotated[Caller, Depends(hosting)]
    ) -> SharedIdea:
        """Withdraw a request to adopt an idea that the author has not answered yet."""
        guard.owner(caller, "organization", id, organization_id=id)
        return _seen_by(*await transactions.run(lambda tx: ideas.take_back(id, idea_id, seen, tx)), response)

    return router


def _own(idea: Idea, response: Response) -> IdeaView:
    show_version(response, idea.version)
    return _idea(idea)


def _idea(idea: Idea) -> IdeaView:
    view = idea.proposal.model_dump() | {
        "id": idea.id,
        "key": idea.key,
        "attendee_id": idea.attendee_id,
        "version": idea.version,
        "state": idea.state,
        "proposed_at": idea.proposed_at,
        "expires_at": idea.expires_at,
        "shown_in": idea.shown_in,
        "asked_by": idea.asked_by,
        "organization_id": idea.organization_id,
        "listing_id": idea.listing_id,
        "gave_way": idea.gave_way,
    }
    return IdeaView.model_validate(view, context=STORED)


def _seen_by(idea: Idea, host: Organization, response: Response) -> SharedIdea:
    show_version(response, idea.version)
    return _shared(idea, host)


def _shared(idea: Idea, host: Organization) -> SharedIdea:
    proposal = idea.proposal
    return SharedIdea(
        id=idea.id,
        version=idea.version,
        title=proposal.title,
        text=proposal.text,
        skills=proposal.skills,
        session=proposal.session,
        conference_ids=[id for id in idea.shown_in if id in host.conference_ids],
        proposed_at=idea.proposed_at,
        expires_at=idea.expires_at,
        asked=host.id in idea.asked_by,
        listing_id=idea.listing_id if idea.organization_id == host.id else None,
    )
