"""Counts of what registration has recorded."""

from fastapi import Depends
from pydantic import BaseModel

from registration.attendees.repository.attendees import Attendees
from registration.attendees.repository.facts import Facts
from registration.conferences.repository import Conferences
from shared.web.access.guard import Guard
from shared.web.access.router import Router


class Statistics(BaseModel):
    """How many conferences, attendees and facts are recorded. ``reverted`` counts the facts that were taken back."""

    conferences: int
    attendees: int
    facts: int
    reverted: int


def create_router(guard: Guard, attendees: Attendees, facts: Facts, conferences: Conferences) -> Router:
    """``/statistics``."""
    router = Router(tags=["operation"])

    @router.get("/statistics", dependencies=[Depends(guard("people", people=True))])
    async def get_statistics() -> Statistics:
        stated, reverted = await facts.count()
        return Statistics(
            conferences=await conferences.count(), attendees=await attendees.count(), facts=stated, reverted=reverted
        )

    return router
