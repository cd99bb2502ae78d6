"""How many of each there are."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from registration.api.auth import Guard
from registration.repository.attendees import Attendees
from registration.repository.conferences import Conferences


class Statistics(BaseModel):
    """How many of each there are. ``facts`` counts all events of attendance, ``reverted`` those taken back."""

    conferences: int
    attendees: int
    facts: int
    reverted: int


def create_router(guard: Guard, attendees: Attendees, conferences: Conferences) -> APIRouter:
    """``/statistics``."""
    router = APIRouter(tags=["operation"])

    @router.get("/statistics", dependencies=[Depends(guard("people"))])
    async def get_statistics() -> Statistics:
        facts, reverted = await attendees.count_facts()
        return Statistics(
            conferences=await conferences.count(), attendees=await attendees.count(), facts=facts, reverted=reverted
        )

    return router
