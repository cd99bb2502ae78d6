"""HTTP in for operators and other systems: what became of the mails. What people's browsers see is in ``pages``."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from notifications.domain import State
from notifications.repository import Repository
from shared.events.fields import Id


class MessageView(BaseModel):
    """A mail, without what it says and to which address."""

    id: str
    attendee_id: str
    state: State
    listing_ids: list[str] = Field(description="those that it tells of for the first time")
    correlation_id: str
    created_at: datetime
    changed_at: datetime
    deferrals: int = Field(description="how often the mail server asked to come back later")
    answer: str = Field(default="", description="the mail server's last answer, or the trouble with it")
    content_sha256: str = Field(default="", description="of what it said, which is dropped once it is sent")


class Statistics(BaseModel):
    """How many of each there are: of attendees, then of mails. ``queued`` counts all mails whose end is open."""

    contacts: int
    pending: int
    waiting_for_consent: int
    unsubscribed: int
    queued: int
    sent: int
    failed: int
    unknown: int
    cancelled: int


def create_router(repository: Repository) -> APIRouter:
    """The service's own resources."""
    router = APIRouter(tags=["notifications"])

    @router.get("/messages")
    async def find_messages(
        attendee_id: Annotated[Id, Query()], limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> list[MessageView]:
        """The mails to an attendee, the newest first."""
        return [MessageView(**message) for message in await repository.messages(attendee_id, limit)]

    @router.get("/statistics")
    async def get_statistics() -> Statistics:
        return Statistics(**await repository.statistics())

    return router
