"""HTTP interface: recommendations and explanations, for operators and pages."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel

from matching.catalogue.use_cases import LiveCatalogue
from matching.model.candidates import Candidate
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.explanations import Explanation, Explanations
from shared.contract.events.fields import Id
from shared.contract.events.matching import RecommendationsChanged
from shared.database.mongo import Database
from shared.refusals import NotFound
from shared.urls import kept_address
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router


class Statistics(BaseModel):
    """Totals. ``recommendations`` counts attendees with at least one match, ``matches`` all their matches."""

    candidates: int
    listings: int
    recommendations: int
    matches: int


def create_router(
    guard: Guard,
    candidates: CandidatesRepository,
    live_catalogue: LiveCatalogue,
    explanations: Explanations,
    database: Database,
) -> Router:
    """``/attendees/{id}/…``, ``/recommendations`` and ``/statistics``.

    An attendee's matches span conferences and organizations, so keys that are bound to one of them cannot see them. Signed-in
    attendees see their own; for them, other attendees do not exist.
    """
    router = Router(tags=["matching"])
    recommending = guard("recommendations", attendee=True, people=True)

    @router.get("/attendees/{id}/recommendations")
    async def get_recommendations(id: Id, caller: Annotated[Caller, Depends(recommending)]) -> RecommendationsChanged:
        """Return the attendee's best matches, best first, with the reasons for each.

        Attendees who are signed in see their own; other attendees get 404.
        """
        guard.owner(caller, "attendee with recommendations", id, attendee_id=id)
        candidate = await candidates.get(id)
        if candidate is None or not candidate.matches_version:
            raise NotFound("attendee", id, which="who has recommendations")
        return _recommendations(candidate)

    @router.get("/attendees/{id}/listings/{listing_id}")
    async def get_explanation(id: Id, listing_id: Id, caller: Annotated[Caller, Depends(recommending)]) -> Explanation:
        """Explain how the attendee and a listing match, whether it is among the best, and what rules it out.

        Attendees who are signed in ask about themselves; other attendees get 404.
        """
        guard.owner(caller, "attendee", id, attendee_id=id)
        return await database.transact(lambda tx: explanations.explain(id, listing_id, tx))

    @router.get("/recommendations", dependencies=[Depends(guard("recommendations", people=True))])
    async def sample_recommendations(limit: Annotated[int, Query(ge=1, le=100)] = 10) -> list[RecommendationsChanged]:
        """Return some attendees' best matches, in no particular order."""
        return [_recommendations(candidate) for candidate in await candidates.with_matches(limit)]

    @router.get("/statistics", dependencies=[Depends(guard("operator", people=True))])
    async def get_statistics() -> Statistics:
        """Return how many candidates, open listings and matches there are."""
        return Statistics(listings=await live_catalogue.count_open(), **await candidates.statistics())

    return router


def _recommendations(candidate: Candidate) -> RecommendationsChanged:
    matches = [match.model_copy(update={"url": kept_address(match.url)}) for match in candidate.matches]
    return RecommendationsChanged(attendee_id=candidate.id, version=candidate.matches_version, matches=matches)
