"""HTTP in: what the service found, for operators and pages."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from matching.repository.recommendations import Repository
from shared.events.fields import Id
from shared.events.matching import RecommendationsChanged
from shared.problems import not_found


class Statistics(BaseModel):
    """How many of each there are; ``recommendations`` counts the attendees who have any, ``matches`` the pairs."""

    candidates: int
    openings: int
    recommendations: int
    matches: int


def create_router(repository: Repository) -> APIRouter:
    """The service's own resources."""
    router = APIRouter(tags=["matching"])

    @router.get("/attendees/{id}/recommendations")
    async def get_recommendations(id: Id) -> RecommendationsChanged:
        """The attendee's best matches, best first, with the reasons of each."""
        candidate = await repository.candidate(id)
        if candidate is None or not candidate.matches_version:
            raise not_found("attendee with recommendations", id)
        return RecommendationsChanged(attendee_id=id, version=candidate.matches_version, matches=candidate.matches)

    @router.get("/recommendations")
    async def some_recommendations(limit: Annotated[int, Query(ge=1, le=100)] = 10) -> list[RecommendationsChanged]:
        """Some attendees' best matches, in no particular order."""
        return [
            RecommendationsChanged(attendee_id=one.id, version=one.matches_version, matches=one.matches)
            for one in await repository.some_candidates(limit)
        ]

    @router.get("/statistics")
    async def get_statistics() -> Statistics:
        return Statistics(**await repository.statistics())

    return router
