"""How many of each there are."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from registration.api.auth import Guard
from registration.repository.attendees import Attendees
from registration.repository.conferences import Conferences
from registration.repository.facts import Facts


class Statistics(BaseModel):
    """How many of each there are. ``facts`` counts all events of attendance, ``reverted`` those taken back."""

    conferences: int
    attendees: int
    facts: int
    reverted: int


def create_router(guard: Guard, attendees: Attendees, facts: Facts, conferences: Conferences) -> APIRouter:
    """``/statistics``."""
    router = APIRouter(tags=["operation"])

    @router.get("/statistics", dependencies=[Depends(guard("people"))])
    async def get_statistics() -> Statistics:
        stated, reverted = await facts.count()
        return Statistics(
            conferences=await conferences.count(), attendees=await attendees.count(), facts=stated, reverted=reverted
        )

    return router
