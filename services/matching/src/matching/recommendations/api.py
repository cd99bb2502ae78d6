"""HTTP in: recommendations and explanations, for operators and pages."""

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

    An attendee's matches span conferences and organizations, so no key that is bound to one of them sees them.
    """
    router = Router(tags=["matching"])
    recommending = [Depends(guard("recommendations"))]

    @router.get("/attendees/{id}/recommendations", dependencies=recommending)
    async def get_recommendations(id: Id) -> RecommendationsChanged:
        """The attendee's best matches, best first, with the reasons of each."""
        candidate = await candidates.get(id)
        if candidate is None or not candidate.matches_version:
            raise NotFound("attendee with recommendations", id)
        return _recommendations(candidate)

    @router.get("/attendees/{id}/listings/{listing_id}", dependencies=recommending)
    async def get_explanation(id: Id, listing_id: Id) -> Explanation:
        """How the attendee and a listing match, whether it is among the best, and what rules it out."""
        return await database.transact(lambda tx: explanations.explain(id, listing_id, tx))

    @router.get("/recommendations", dependencies=recommending)
    async def sample_recommendations(limit: Annotated[int, Query(ge=1, le=100)] = 10) -> list[RecommendationsChanged]:
        """Some attendees' best matches, in no particular order."""
        return [_recommendations(candidate) for candidate in await candidates.with_matches(limit)]

    @router.get("/statistics", dependencies=[Depends(guard("operator"))])
    async def get_statistics() -> Statistics:
        """How many candidates, open listings and matches there are."""
        return Statistics(listings=await live_catalogue.count_open(), **await candidates.statistics())

    return router


def _recommendations(candidate: Candidate) -> RecommendationsChanged:
    matches = [match.model_copy(update={"url": kept_address(match.url)}) for match in candidate.matches]
    return RecommendationsChanged(attendee_id=candidate.id, version=candidate.matches_version, matches=matches)
