"""``/desk/{org}/candidates``: who matches a listing, of those who agreed to be shown to hosts. It names nobody."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response

from matching.applications.domain.profile import HostProfile, shown_profile
from matching.applications.domain.transitions import State
from matching.applications.repository import ApplicationsRepository
from matching.catalogue.use_cases import LiveCatalogue
from matching.desk.desk import Desk
from matching.desk.reasons import Sentence, sentences
from matching.desk.words import APPLICATIONS
from matching.model.terms import Terms
from matching.recommendations.repository import CandidatesRepository
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.refusals import NotFound
from shared.web.access.callers import Caller
from shared.web.pages.pages import PageRouter

PAGE: Final = 20
MOST_PAGES: Final = 50


@dataclass(frozen=True, slots=True)
class Matched:
    """Somebody who matches the listing: what a host sees of them, and why they match."""

    place: int
    """In the order of the scores, from 1."""
    profile: HostProfile
    reasons: list[Sentence]
    application: tuple[str, State] | None
    """The id and state of their application for the listing, if they sent one."""


def create_router(
    desk: Desk,
    candidates: CandidatesRepository,
    live_catalogue: LiveCatalogue,
    applications: ApplicationsRepository,
    terms: Terms,
    database: Database,
) -> PageRouter:
    """``/desk/{org}/candidates``."""
    router = PageRouter(prefix="/desk/{org}")
    hosting = desk.guard("applications", organization=True, people=True)

    @router.get("/candidates")
    async def show_candidates(
        org: Id,
        request: Request,
        caller: Annotated[Caller, Depends(hosting)],
        listing: str = "",
        page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
    ) -> Response:
        """Who matches the listing best, of those who agreed to be shown; of the first open listing unless one is given."""
        host = await desk.organization(caller, org)
        open_first = sorted(host.listings.values(), key=lambda one: not one.open)
        chosen = listing or (open_first[0].id if open_first else "")
        if listing and listing not in host.listings:
            raise NotFound("listing", listing)
        ids = await candidates.shown_to(chosen, PAGE * MOST_PAGES) if chosen else []
        start = (page - 1) * PAGE
        wanted = ids[start : start + PAGE]
        matched = await database.transact(lambda tx: described(chosen, wanted, start, tx))
        more = f"{host.path}/candidates?listing={chosen}&page="
        return desk.show(
            "candidates",
            request,
            host,
            chosen=chosen,
            matched=matched,
            labels=APPLICATIONS,
            previous=f"{more}{page - 1}" if page > 1 else "",
            next=f"{more}{page + 1}" if len(ids) > start + PAGE and page < MOST_PAGES else "",
        )

    async def described(listing_id: str, ids: list[str], start: int, tx: Tx) -> list[Matched]:
        catalogue = await live_catalogue.current(tx)
        found = await candidates.get_many(ids, tx)
        applied = {one.attendee_id: (one.id, one.state) for one in await applications.of_pairs({(listing_id, id) for id in ids})}
        matched = []
        for place, id in enumerate(ids, start + 1):
            # Between the two reads, somebody may have changed their mind.
            candidate = found.get(id)
            match = next((one for one in candidate.matches if one.listing_id == listing_id), None) if candidate else None
            if candidate and candidate.sharing and match:
                profile = shown_profile(candidate, catalogue.interests(candidate), terms.name)
                matched.append(Matched(place, profile, sentences(match.reasons), applied.get(id)))
        return matched

    return router
