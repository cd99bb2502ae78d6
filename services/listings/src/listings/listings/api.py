"""HTTP in: listings and placements by hand, from those who run them."""

from http import HTTPStatus

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from listings.listings.domain.details import Deadline, ListingDetails
from listings.listings.domain.listing import Listing, Status
from listings.listings.repository import ListingsRepository
from listings.listings.use_cases import Listings
from listings.organizations.repository import OrganizationsRepository
from listings.pagination import After, Limit, Page, created, page_of
from listings.transactions import Transactions
from shared.contract.events.fields import Id
from shared.web.problems import not_found


class ListingView(ListingDetails):
    """A listing as it is kept. ``version`` counts its publications, ``seats`` are those not yet taken.

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


def create_router(
    listings: Listings, repository: ListingsRepository, organizations: OrganizationsRepository, transactions: Transactions
) -> APIRouter:
    """Listings and their placements."""
    router = APIRouter()

    @router.put("/listings/{id}", tags=["listings"], responses=created(ListingView))
    async def put_listing(id: Id, details: ListingDetails, response: Response) -> ListingView:
        """Make a draft, or change a listing that is a draft, published or filled; one that has ended can be given more seats.

        The same again changes nothing.
        """
        listing, new = await transactions.run(lambda tx: listings.put_listing(id, details, tx))
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
        return page_of(found, limit, _listing)

    @router.post("/listings/{id}/publish", tags=["listings"])
    async def publish_listing(id: Id, publication: Publication | None = None) -> ListingView:
        """Open a listing for matching, for the first time or again; one that has ended may need a later deadline."""
        deadline = publication.deadline if publication else None
        return _listing(await transactions.run(lambda tx: listings.publish(id, deadline, tx)))

    @router.post("/listings/{id}/close", tags=["listings"])
    async def close_listing(id: Id) -> ListingView:
        """End a listing. One that has ended stays as it is."""
        return _listing(await transactions.run(lambda tx: listings.close(id, tx)))

    @router.put("/listings/{id}/placements/{attendee_id}", tags=["placements"])
    async def put_placement(id: Id, attendee_id: Id) -> ListingView:
        """Give the attendee a seat. The last one fills the listing."""
        return _listing(await transactions.run(lambda tx: listings.place(id, attendee_id, tx)))

    @router.delete("/listings/{id}/placements/{attendee_id}", tags=["placements"])
    async def delete_placement(id: Id, attendee_id: Id) -> ListingView:
        """Give the attendee's seat back. A filled listing is open again, unless its deadline has passed."""
        return _listing(await transactions.run(lambda tx: listings.give_back(id, attendee_id, tx)))

    @router.get("/statistics", tags=["operation"])
    async def get_statistics() -> Statistics:
        return Statistics(**await organizations.statistics(), **await repository.statistics())

    return router


def _listing(listing: Listing) -> ListingView:
    return ListingView(
        **listing.details.model_dump(),
        id=listing.id,
        status=listing.status,
        version=listing.version,
        seats=listing.seats,
        moved=listing.moved,
        placements=list(listing.placements),
    )
