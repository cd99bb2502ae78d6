"""``/desk-listings/{org}``: a host writes its listings, with a live preview, publishes and closes them."""

import secrets
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from listings.conferences.repository import ConferencesRepository
from listings.listings.domain.details import ListingDetails
from listings.listings.domain.listing import Listing
from listings.listings.pages.wording import offer
from listings.listings.pages.writing import is_as_saved, typed, written
from listings.listings.repository import ListingsRepository
from listings.listings.use_cases import Listings
from listings.organizations.domain import MOST_MENTORS, Organization
from listings.organizations.guard import acted_for
from listings.organizations.repository import OrganizationsRepository
from listings.transactions import Transactions
from shared.contract.events.fields import Id
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, FormFaults, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable

LISTED: Final = 50
"""Listings on one page."""
MOST_SUGGESTED: Final = 300
_DONE: Final = {
    "saved": translatable("Saved."),
    "published": translatable("Published. Attendees can apply from now on."),
    "closed": translatable("Closed for applications."),
}
_CHANGED: Final = translatable(
    "Somebody has changed it since you opened it. What you typed is below; save again to overwrite their changes."
)
_UNSAVED: Final = translatable("It was not closed, as you changed it: save your changes, or reload the page to drop them.")


def create_router(
    guard: Guard,
    listings: Listings,
    repository: ListingsRepository,
    organizations: OrganizationsRepository,
    conferences: ConferencesRepository,
    transactions: Transactions,
    pages: Pages,
) -> PageRouter:
    """``/desk-listings/{org}``, without ideas."""
    router = PageRouter(prefix="/desk-listings/{org}")
    Hosting = Annotated[Caller, Depends(guard("listings", organization=True, people=True))]  # noqa: N806 - a type

    async def listing_of(org: str, id: str) -> Listing | None:
        """The host's listing with this id; None if the id is free. Raises ``NotFound`` if it is another host's."""
        listing = await repository.listing(id)
        if listing and listing.details.organization_id != org:
            raise NotFound("listing", id)
        return listing

    async def editor(
        request: Request,
        host: Organization,
        id: str,
        listing: Listing | None,
        form: Form | None = None,
        preview: ListingDetails | None = None,
    ) -> HTMLResponse:
        reader = pages.reader(request)
        if form is None:
            form = typed(listing.details, reader.zone) if listing else Form.of({"capacity": 1, "kind": "internship", "paid": ""})
        shown = preview or (listing.details if listing else None)
        known = await conferences.skills(host.conference_ids, MOST_SUGGESTED)
        people = await organizations.mentors(host.id, "", MOST_MENTORS)
        return pages.page(
            "listings/write",
            request,
            area="host",
            of=host.id,
            of_name=host.name,
            form=form,
            host=host,
            id=id,
            listing=listing,
            seen=_seen(listing),
            offer=offer(shown, reader) if shown else None,
            skills=known,
            mentors=[(mentor.id, mentor.name) for mentor in people],
            done=_DONE,
        )

    @router.get("")
    async def show_listings(request: Request, org: Id, caller: Hosting, after: str = "") -> HTMLResponse:
        """The host's listings."""
        host = await acted_for(guard, organizations, caller, org)
        found = await repository.listings(after[:128], LISTED + 1, None, org)
        more = found[LISTED - 1].id if len(found) > LISTED else ""
        return pages.page(
            "listings/desk",
            request,
            area="host",
            of=org,
            of_name=host.name,
            host=host,
            listings=found[:LISTED],
            more=more,
            first=not after,
            done=_DONE,
        )

    @router.get("/write")
    async def show_new(request: Request, org: Id, caller: Hosting) -> HTMLResponse:
        """Write a new listing."""
        return await editor(request, await acted_for(guard, organizations, caller, org), f"l-{secrets.token_hex(8)}", None)

    @router.get("/write/{id}")
    async def show_listing(request: Request, org: Id, id: Id, caller: Hosting) -> HTMLResponse:
        """A listing of the host, to be changed, published or closed."""
        host = await acted_for(guard, organizations, caller, org)
        listing = await listing_of(org, id)
        if listing is None:
            raise NotFound("listing", id)
        return await editor(request, host, id, listing)

    @router.post("/write/{id}")
    async def write(request: Request, org: Id, id: Id, caller: Hosting) -> Response:
        """Save what was typed, or show what it will look like."""
        return await save(request, org, id, caller)

    @router.post("/write/{id}/publish")
    async def publish(request: Request, org: Id, id: Id, caller: Hosting) -> Response:
        """Save what was typed, and open the listing for applications."""
        return await save(request, org, id, caller, opens=True)

    async def save(request: Request, org: str, id: str, caller: Caller, *, opens: bool = False) -> Response:
        host, form = await acted_for(guard, organizations, caller, org), await read_form(request)
        listing, zone = await listing_of(org, id), pages.reader(request).zone
        if opens and listing is None:
            raise NotFound("listing", id)
        try:
            details = written(form, org, listing.details if listing else None, zone)
            if form.get("do") == "preview":
                return await editor(request, host, id, listing, form, preview=details)
            if form.get("seen") != _seen(listing) and not (listing and listing.details == details):
                changed = form.with_faults({"": _CHANGED}, HTTPStatus.PRECONDITION_FAILED)
                return await editor(request, host, id, listing, changed)
            await transactions.run(lambda tx: listings.put_listing(id, details, tx, caller.organization_ids, opens=opens))
        except Refusal as refusal:
            return await editor(request, host, id, listing, form.refused(refusal))
        return see_other(f"/desk-listings/{org}/write/{id}?done={'published' if opens else 'saved'}")

    @router.post("/write/{id}/preview")
    async def preview(request: Request, org: Id, id: Id, caller: Hosting) -> HTMLResponse:
        """A preview of the listing, as a part of the page that is updated while typing."""
        await acted_for(guard, organizations, caller, org)
        form, listing, reader = await read_form(request), await listing_of(org, id), pages.reader(request)
        try:
            shown = offer(written(form, org, listing.details if listing else None, reader.zone), reader)
        except FormFaults as faults:
            return pages.page("listings/preview", request, status=HTTPStatus.OK, form=faults.form, offer=None)
        return pages.page("listings/preview", request, offer=shown)

    @router.post("/write/{id}/close")
    async def close(request: Request, org: Id, id: Id, caller: Hosting) -> Response:
        """End the listing, unless the form has changes that would be lost."""
        host, form = await acted_for(guard, organizations, caller, org), await read_form(request)
        listing, zone = await listing_of(org, id), pages.reader(request).zone
        if listing is None:
            raise NotFound("listing", id)
        if not is_as_saved(form, listing, zone):
            return await editor(request, host, id, listing, form.with_faults({"": _UNSAVED}, HTTPStatus.CONFLICT))
        try:
            await transactions.run(lambda tx: listings.close(id, tx, caller.organization_ids))
        except Refusal as refusal:
            return await editor(request, host, id, listing, form.refused(refusal))
        return see_other(f"/desk-listings/{org}/write/{id}?done=closed")

    return router


def _seen(listing: Listing | None) -> str:
    """A digest of the details that somebody sees, so nobody overwrites what they have not seen."""
    return sha256(listing.details.model_dump_json().encode()).hexdigest()[:16] if listing else ""
