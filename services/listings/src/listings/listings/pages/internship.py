"""The page of a listing, for applicants. It is public if its host agrees; otherwise only for people who are signed in."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.responses import HTMLResponse

from listings.conferences.repository import ConferencesRepository
from listings.listings.domain.job_posting import job_posting
from listings.listings.domain.listing import Listing
from listings.listings.pages.wording import offer
from listings.listings.repository import ListingsRepository
from listings.organizations.domain import Organization
from listings.organizations.repository import OrganizationsRepository
from shared.web.access.guard import Guard, public
from shared.web.pages.brand import Brand
from shared.web.pages.pages import PageRouter, Pages


def create_router(
    guard: Guard,
    repository: ListingsRepository,
    organizations: OrganizationsRepository,
    conferences: ConferencesRepository,
    pages: Pages,
    public_url: str,
) -> PageRouter:
    """``/internships/{id}``. ``public_url``: where the site is; "" if that is not known."""
    router = PageRouter(dependencies=[Depends(public("everybody reads about internships that their hosts made public"))])

    async def brand_of(listing: Listing, host: Organization) -> Brand | None:
        """Of the conference that the listing is for; None if it is for several, or for everybody."""
        ids = {*host.conference_ids, *listing.details.conference_ids}
        return Brand.of(await conferences.get(ids.pop())) if len(ids) == 1 else None

    @router.get("/internships/{id}")
    async def show_internship(request: Request, id: Annotated[str, Path(max_length=128)]) -> HTMLResponse:
        """The listing; or that it is closed, or not visible without signing in."""
        session = await guard.people.session(request) if guard.people else None
        listing = await repository.listing(id)
        host = await organizations.organization(listing.details.organization_id) if listing else None
        if listing is None or host is None or not _is_visible(listing, host, signed_in=session is not None):
            # The same page whether or not there is such a listing.
            return pages.page("listings/unknown", request, status=HTTPStatus.NOT_FOUND)
        hosting = await guard.grants_of(session, ("admin", "contact", "mentor")) if guard.people and session else []
        is_open = listing.status == "published"
        if not is_open and session is None:
            return pages.page("listings/closed", request, status=HTTPStatus.GONE, title=listing.details.title, host=host)
        address = f"{public_url.rstrip('/')}/internships/{id}" if public_url else ""
        indexed = is_open and listing.details.public
        return pages.page(
            "listings/internship",
            request,
            area="attendee" if session and not hosting else "",
            own=any(one.role == "admin" and one.id == host.id for one in hosting),
            brand=await brand_of(listing, host),
            indexed=indexed,
            listing=listing,
            host=host,
            offer=offer(listing.details, pages.reader(request)),
            mentors=await organizations.named_mentors(host.id, listing.details.mentor_ids),
            is_open=is_open,
            address=address,
            job_posting=job_posting(listing, host, address) if indexed else None,
        )

    return router


def _is_visible(listing: Listing, host: Organization, *, signed_in: bool) -> bool:
    return listing.status != "draft" and host.approved and (listing.details.public or signed_in)
