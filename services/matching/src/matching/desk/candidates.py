"""``/desk/{org}/candidates``: suitable candidates for a listing who agreed to be shown to hosts, without names."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from matching.desk.desk import Desk, Organization
from matching.desk.reasons import sentences
from matching.desk.words import APPLICATIONS
from matching.invitations.domain import ShownCandidate
from matching.invitations.use_cases import Invitations, TooManyInvited
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.refusals import Conflict, NotFound
from shared.web.access.callers import Caller
from shared.web.pages.forms import Form
from shared.web.pages.pages import PageRouter, see_other
from shared.wording.languages import translatable

PAGE: Final = 12
MOST_PAGES: Final = 50
TOO_MANY: Final = translatable(
    "You have invited as many people to this listing as you may in 30 days. Wait for their applications."
)
CANNOT: Final = translatable("They cannot be invited: they have already applied, or the listing takes no applications.")
GONE: Final = translatable("They are no longer shown to you. The candidates who suit the listing now are below.")


def create_router(desk: Desk, invitations: Invitations, database: Database) -> PageRouter:
    """``/desk/{org}/candidates``, and the invitation to apply."""
    router = PageRouter(prefix="/desk/{org}/candidates")
    hosting = desk.guard("applications", organization=True, people=True)
    PageNumber = Annotated[int, Query(ge=1, le=MOST_PAGES)]  # noqa: N806 - a type

    async def show(
        host: Organization, chosen: str, page: int, request: Request, fault: str = "", status: int = HTTPStatus.OK
    ) -> Response:
        async def read(tx: Tx) -> tuple[list[ShownCandidate], bool]:
            listing = await invitations.listing(chosen, [host.id], tx)
            return await invitations.shown(listing, (page - 1) * PAGE, PAGE, tx)

        matched, more = await database.transact(read) if chosen else ([], False)
        path = f"{host.path}/candidates?listing={chosen}&page="
        return desk.show(
            "candidates",
            request,
            host,
            form=Form().with_faults({"": fault}) if fault else None,
            status=status,
            chosen=chosen,
            page=page,
            matched=[(one, sentences(one.match.reasons, host.mentors_away)) for one in matched],
            labels=APPLICATIONS,
            may_invite=bool(chosen) and host.listings[chosen].open,
            previous=f"{path}{page - 1}" if page > 1 else "",
            next=f"{path}{page + 1}" if more and page < MOST_PAGES else "",
        )

    @router.get("")
    async def show_candidates(
        org: Id, request: Request, caller: Annotated[Caller, Depends(hosting)], listing: str = "", page: PageNumber = 1
    ) -> Response:
        """The best candidates for the listing who agreed to be shown; by default, for the first open listing."""
        host = await desk.organization(caller, org)
        open_first = sorted(host.listings.values(), key=lambda one: not one.open)
        if listing and listing not in host.listings:
            raise NotFound("listing", listing)
        return await show(host, listing or (open_first[0].id if open_first else ""), page, request)

    @router.post("/{listing_id}/{candidate}/invite")
    async def invite(
        org: Id,
        listing_id: Id,
        candidate: Id,
        request: Request,
        caller: Annotated[Caller, Depends(hosting)],
        page: PageNumber = 1,
    ) -> Response:
        """Invite somebody to apply for the listing. Repeating it changes nothing."""
        host = await desk.organization(caller, org)
        if listing_id not in host.listings:
            raise NotFound("listing", listing_id)
        try:
            await database.transact(lambda tx: invitations.invite(listing_id, candidate, [org], tx))
        except TooManyInvited:
            return await show(host, listing_id, page, request, TOO_MANY, HTTPStatus.CONFLICT)
        except Conflict:
            return await show(host, listing_id, page, request, CANNOT, HTTPStatus.CONFLICT)
        except NotFound:
            return await show(host, listing_id, page, request, GONE, HTTPStatus.CONFLICT)
        return see_other(f"{host.path}/candidates?listing={listing_id}&page={page}&done=invited")

    return router
