"""HTTP interface: listings, for operators, hosts' systems and hosts' admins."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from listings.listings.domain.details import Deadline, ListingDetails
from listings.listings.domain.listing import Listing, Status
from listings.listings.repository import ListingsRepository
from listings.listings.use_cases import Listings
from listings.organizations.repository import OrganizationsRepository
from listings.pagination import After, Limit, Page, created, page_of
from listings.transactions import Transactions
from shared.contract.events.fields import Id
from shared.free_text import STORED
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router
from shared.web.problems import not_found


class ListingView(ListingDetails):
    """A listing as it is stored. ``version`` counts its publications.

    Only matching knows who has its seats; the numbers here follow within moments.
    """

    id: str
    status: Status
    version: int
    seats: int = Field(description="seats that nobody has yet; offers may hold some of them")
    placed: int = Field(description="seats that attendees have")
    offered: int = Field(description="seats that offers, or a match-day round being matched, hold")
    moved: int = Field(
        description="seats, besides its capacity, moved here from other listings on a match day; negative if some moved away"
    )
    credited_to: str | None = Field(description="the attendee whose idea it was; null: the organization's own")
    author_only_until: datetime | None = Field(description="until when only the author may apply; null: everybody may")
    over: int = Field(description="how many more seats are promised than it has, because its capacity was lowered")


class Publication(BaseModel):
    """How to publish a listing: with its own deadline, or with this one."""

    model_config = ConfigDict(extra="forbid")

    deadline: Deadline | None = None


class Statistics(BaseModel):
    """The number of each; ``listings`` is the total of all statuses."""

    organizations: int
    mentors: int
    listings: int
    drafts: int
    published: int
    filled: int
    closed: int
    expired: int


def create_router(
    guard: Guard,
    listings: Listings,
    repository: ListingsRepository,
    organizations: OrganizationsRepository,
    transactions: Transactions,
) -> Router:
    """Listings. For keys bound to an organization, and for admins, the listings of others do not exist."""
    router = Router()
    hosting = guard("listings", organization=True, people=True)
    operating = Depends(guard("operator", people=True))

    @router.put("/listings/{id}", tags=["listings"], responses=created(ListingView))
    async def put_listing(
        id: Id, details: ListingDetails, response: Response, caller: Annotated[Caller, Depends(hosting)]
    ) -> ListingView:
        """Create a draft, or change a listing that is a draft, published or filled; one that has ended can be given more seats.

        The capacity may be less than what matching has promised: the promises hold, and `over` says by how many.

        Repeating the request changes nothing. A key bound to an organization writes listings of that organization only: any other
        `organization_id` is unknown to it (422), and an id that is taken by another organization's listing gets 404. The same
        holds for admins of organizations.
        """
        listing, new = await transactions.run(lambda tx: listings.put_listing(id, details, tx, caller.organization_ids))
        response.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return _listing(listing)

    @router.get("/listings/{id}", tags=["listings"])
    async def get_listing(id: Id, caller: Annotated[Caller, Depends(hosting)]) -> ListingView:
        """Return a listing. Keys and admins of other organizations get 404."""
        listing = await repository.listing(id)
        if listing is None:
            raise not_found("listing", id)
        guard.owner(caller, "listing", id, organization_id=listing.details.organization_id)
        return _listing(listing)

    @router.get("/listings", tags=["listings"])
    async def get_listings(
        caller: Annotated[Caller, Depends(hosting)],
        limit: Limit = 100,
        after: After = None,
        status: Status | None = None,
        organization_id: Id | None = None,
    ) -> Page[ListingView]:
        """Return listings, in pages; to keys bound to an organization, and to admins, only their own."""
        found = await repository.listings(after or "", limit + 1, status, organization_id, hosts=caller.organization_ids)
        return page_of(found, limit, _listing)

    @router.post("/listings/{id}/publish", tags=["listings"])
    async def publish_listing(
        id: Id, caller: Annotated[Caller, Depends(hosting)], publication: Publication | None = None
    ) -> ListingView:
        """Open a listing for matching, for the first time or again; one that has ended may need a later deadline.

        Keys and admins of other organizations get 404.
        """
        deadline = publication.deadline if publication else None
        return _listing(await transactions.run(lambda tx: listings.publish(id, deadline, tx, caller.organization_ids)))

    @router.post("/listings/{id}/close", tags=["listings"])
    async def close_listing(id: Id, caller: Annotated[Caller, Depends(hosting)]) -> ListingView:
        """End a listing. One that has ended stays as it is. Keys and admins of other organizations get 404."""
        return _listing(await transactions.run(lambda tx: listings.close(id, tx, caller.organization_ids)))

    @router.get("/statistics", tags=["operation"], dependencies=[operating])
    async def get_statistics() -> Statistics:
        """Return how many organizations, mentors and listings there are."""
        return Statistics(**await organizations.statistics(), **await repository.statistics())

    return router


def _listing(listing: Listing) -> ListingView:
    promised = listing.promised
    view = listing.details.model_dump() | {
        "id": listing.id,
        "status": listing.status,
        "version": listing.version,
        "seats": listing.seats,
        "placed": promised.placed,
        "offered": promised.offered,
        "moved": promised.moved,
        "over": listing.over,
        "credited_to": listing.credited_to,
        "author_only_until": listing.author_only_until,
    }
    return ListingView.model_validate(view, context=STORED)
