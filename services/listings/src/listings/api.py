"""HTTP in: organizations, their mentors and listings from those who run them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from listings.domain import Listing, Mentor, NotAllowed, Organization, Status, Unfit
from listings.offers import Deadline, Ids, Offer
from listings.repository import Repository
from listings.use_cases import Listings
from shared.contract.events.fields import Email, Id, Line, Locale, TimeZone, Url
from shared.database.mongo import Database, Tx
from shared.web.problems import conflict, invalid, not_found

Result = TypeVar("Result")
View = TypeVar("View")
Kept = TypeVar("Kept", Organization, Mentor, Listing)


class Host(BaseModel):
    """A host organization. Its conferences are those of all its listings too."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    url: Url | None = None
    conference_ids: Ids = []
    approved: StrictBool | None = Field(
        default=None,
        description="whether its listings may be recommended; left out, it stays as it is, and a new organization is approved",
    )


class OrganizationView(BaseModel):
    """An organization as it is kept."""

    id: str
    version: int
    name: str
    url: str | None
    conference_ids: list[str]
    approved: bool


class Person(BaseModel):
    """Who a mentor is."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    email: Email
    contact: StrictBool = Field(default=False, description="gets the mails to the organization: applications, the weekly summary")
    locale: Locale | None = None
    time_zone: TimeZone | None = None


class MentorView(BaseModel):
    """A mentor as they are kept. Listings carry the ``person_id`` only."""

    organization_id: str
    id: str
    name: str
    email: str
    person_id: str
    contact: bool
    locale: str | None
    time_zone: str | None


class ListingView(Offer):
    """A listing as it is kept. ``version`` counts what was published of it, ``seats`` are those not yet taken.

    ``moved`` are seats, besides its capacity, that came from other listings on a match day; less than none where its own went.
    """

    id: str
    status: Status
    version: int
    seats: int
    moved: int
    placements: list[str]


class Publication(BaseModel):
    """How to publish a listing: with its own deadline, or with this one."""

    model_config = ConfigDict(extra="forbid")

    deadline: Deadline | None = None


class Page(BaseModel, Generic[View]):
    """Some of many, in order of their ids. ``next`` is the ``after`` of the next page, null on the last."""

    items: list[View]
    next: str | None


class Statistics(BaseModel):
    """How many of each there are; ``listings`` is the sum of the numbers of each status."""

    organizations: int
    mentors: int
    listings: int
    drafts: int
    published: int
    filled: int
    closed: int
    expired: int


Limit = Annotated[int, Query(ge=1, le=1000)]
After = Annotated[Id | None, Query(description="the last id of the page before")]


def create_router(listings: Listings, repository: Repository, database: Database) -> APIRouter:
    """The service's own resources."""
    router = APIRouter()

    turn = asyncio.Lock()

    async def transact(work: Callable[[Tx], Awaitable[Result]]) -> Result:
        try:
            # Writers of one organization exclude each other. In a queue each takes its turn; in a crowd they would conflict
            # and run again, over and over: 50 at once did not get through in a minute.
            async with turn:
                return await database.transact(work)
        except NotAllowed as refusal:
            raise conflict(str(refusal)) from refusal
        except Unfit as refusal:
            raise invalid(refusal.field, str(refusal)) from refusal

    @router.put("/organizations/{id}", tags=["organizations"], responses=_made(OrganizationView))
    async def put_organization(id: Id, host: Host, response: Response) -> OrganizationView:
        """Add an organization, or change it. The same again changes nothing; its open listings change with it."""
        organization, new = await transact(
            lambda tx: listings.put_organization(id, host.name, host.url, host.conference_ids, host.approved, tx)
        )
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return _organization(organization)

    @router.get("/organizations/{id}", tags=["organizations"])
    async def get_organization(id: Id) -> OrganizationView:
        organization = await repository.organization(id)
        if organization is None:
            raise not_found("organization", id)
        return _organization(organization)

    @router.get("/organizations", tags=["organizations"])
    async def get_organizations(limit: Limit = 100, after: After = None) -> Page[OrganizationView]:
        found = await repository.organizations(after or "", limit + 1)
        return _page(found, limit, _organization)

    @router.put("/organizations/{id}/mentors/{mentor_id}", tags=["mentors"], responses=_made(MentorView))
    async def put_mentor(id: Id, mentor_id: Id, person: Person, response: Response) -> MentorView:
        """Add a mentor to the organization, or change them. Only the service that sends mails is told name and address."""
        mentor, new = await transact(lambda tx: listings.put_mentor(id, mentor_id, tx=tx, **person.model_dump()))
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return _mentor(mentor)

    @router.get("/organizations/{id}/mentors/{mentor_id}", tags=["mentors"])
    async def get_mentor(id: Id, mentor_id: Id) -> MentorView:
        mentor = await repository.mentor(id, mentor_id)
        if mentor is None:
            await get_organization(id)
            raise not_found(f"mentor of organization {id!r}", mentor_id)
        return _mentor(mentor)

    @router.delete("/organizations/{id}/mentors/{mentor_id}", tags=["mentors"], status_code=HTTPStatus.NO_CONTENT)
    async def delete_mentor(id: Id, mentor_id: Id) -> None:
        """Forget a mentor: no mail goes to them any more. Their open listings are told without them."""
        await transact(lambda tx: listings.delete_mentor(id, mentor_id, tx))

    @router.get("/organizations/{id}/mentors", tags=["mentors"])
    async def get_mentors(id: Id, limit: Limit = 100, after: After = None) -> Page[MentorView]:
        await get_organization(id)
        return _page(await repository.mentors(id, after or "", limit + 1), limit, _mentor)

    @router.put("/listings/{id}", tags=["listings"], responses=_made(ListingView))
    async def put_listing(id: Id, offer: Offer, response: Response) -> ListingView:
        """Make a draft, or change a listing that is a draft, published or filled; one that has ended can be given more seats.

        The same again changes nothing.
        """
        listing, new = await transact(lambda tx: listings.put_listing(id, offer, tx))
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return _listing(listing)

    @router.get("/listings/{id}", tags=["listings"])
    async def get_listing(id: Id) -> ListingView:
        listing = await repository.listing(id)
        if listing is None:
            raise not_found("listing", id)
        return _listing(listing)

    @router.get("/listings", tags=["listings"])
    async def get_listings(
        limit: Limit = 100, after: After = None, status: Status | None = None, organization_id: Id | None = None
    ) -> Page[ListingView]:
        found = await repository.listings(after or "", limit + 1, status, organization_id)
        return _page(found, limit, _listing)

    @router.post("/listings/{id}/publish", tags=["listings"])
    async def publish_listing(id: Id, publication: Publication | None = None) -> ListingView:
        """Open a listing for matching, for the first time or again; one that has ended may need a later deadline."""
        deadline = publication.deadline if publication else None
        return _listing(await transact(lambda tx: listings.publish(id, deadline, tx)))

    @router.post("/listings/{id}/close", tags=["listings"])
    async def close_listing(id: Id) -> ListingView:
        """End a listing. One that has ended stays as it is."""
        return _listing(await transact(lambda tx: listings.close(id, tx)))

    @router.put("/listings/{id}/placements/{attendee_id}", tags=["placements"])
    async def put_placement(id: Id, attendee_id: Id) -> ListingView:
        """Give the attendee a seat. The last one fills the listing."""
        return _listing(await transact(lambda tx: listings.place(id, attendee_id, tx)))

    @router.delete("/listings/{id}/placements/{attendee_id}", tags=["placements"])
    async def delete_placement(id: Id, attendee_id: Id) -> ListingView:
        """Give the attendee's seat back. A filled listing is open again, unless its deadline has passed."""
        return _listing(await transact(lambda tx: listings.give_back(id, attendee_id, tx)))

    @router.get("/statistics", tags=["operation"])
    async def get_statistics() -> Statistics:
        return Statistics(**await repository.statistics())

    return router


def _made(view: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    return {HTTPStatus.CREATED: {"model": view, "description": "It is new"}}


def _organization(organization: Organization) -> OrganizationView:
    return OrganizationView(**asdict(organization))


def _mentor(mentor: Mentor) -> MentorView:
    return MentorView.model_validate(asdict(mentor))  # which leaves out what is for nobody else


def _listing(listing: Listing) -> ListingView:
    return ListingView(
        **listing.offer.model_dump(),
        id=listing.id,
        status=listing.status,
        version=listing.version,
        seats=listing.seats,
        moved=listing.moved,
        placements=list(listing.placements),
    )


def _page(found: Sequence[Kept], limit: int, view: Callable[[Kept], View]) -> Page[View]:
    """A page of what was found, of which one more than ``limit`` was asked for."""
    return Page(items=[view(one) for one in found[:limit]], next=found[limit - 1].id if len(found) > limit else None)
