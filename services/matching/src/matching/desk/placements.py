"""``/desk/{org}/placements``: who has the organization's seats."""

from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from matching.desk import words
from matching.desk.desk import Desk
from matching.desk.people import People
from matching.placements.domain.placement import State, to_be_given
from matching.placements.repository import PlacementsRepository
from shared.contract.events.fields import Id
from shared.refusals import NotFound
from shared.web.access.callers import Caller
from shared.web.pages.pages import PageRouter

PAGE: Final = 50
MOST_PAGES: Final = 200
_SHOWN: Final[dict[str, tuple[State, ...]]] = {"live": ("confirmed", "started"), "over": ("completed", "ended")}


def create_router(desk: Desk, people: People, placements: PlacementsRepository) -> PageRouter:
    """``/desk/{org}/placements``, for a host's people, its mentors included."""
    router = PageRouter(prefix="/desk/{org}")
    taking_part = desk.guard("placements", organization=True, people=True)

    @router.get("/placements")
    async def show_placements(
        org: Id,
        request: Request,
        caller: Annotated[Caller, Depends(taking_part)],
        show: Literal["live", "over"] = "live",
        listing: str = "",
        page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
    ) -> Response:
        """Current placements, or past ones."""
        host = await desk.organization(caller, org)
        if listing and listing not in host.listings:
            raise NotFound("listing", listing)
        found = await placements.of_host(org, PAGE + 1, states=_SHOWN[show], listing_id=listing or None, skip=(page - 1) * PAGE)
        names = await people.names((one.listing_id, one.attendee_id) for one in found[:PAGE])
        today = desk.pages.reader(request).now.date()
        rows = []
        for one in found[:PAGE]:
            due = next((it.due for it in to_be_given(one) if it.side == "host"), None)
            rows.append((one, names.get((one.listing_id, one.attendee_id), ""), due, due is not None and due <= today))

        def address(**changes: Any) -> str:
            values = {"show": show, "listing": listing} | changes
            return f"{host.path}/placements?{urlencode({name: value for name, value in values.items() if value})}"

        return desk.show(
            "placements",
            request,
            host,
            rows=rows,
            showing=show,
            listing=listing,
            labels=words.PLACEMENTS,
            address=address,
            previous=address(page=page - 1) if page > 1 else "",
            next=address(page=page + 1) if len(found) > PAGE and page < MOST_PAGES else "",
        )

    return router
