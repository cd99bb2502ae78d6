"""Attendees, for those who look one up."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from registration.api.auth import Guard
from registration.domain.attendance import Attendee
from registration.repository.attendees import Attendees
from registration.repository.conferences import Conferences
from registration.use_cases.attendance import Recording
from shared.events.fields import Email, Id
from shared.mongo import Database
from shared.problems import not_found


class Consent(BaseModel):
    """What an attendee agrees to."""

    model_config = ConfigDict(extra="forbid")

    mail: bool


class AttendeeView(BaseModel):
    """An attendee as registration knows them."""

    id: str
    email: str | None
    name: str | None
    locale: str | None
    skills: list[str]
    mail_consent: bool
    contact_version: int
    profile_version: int


class Statistics(BaseModel):
    """How many of each there are. ``facts`` counts all events of attendance, ``reverted`` those taken back."""

    conferences: int
    attendees: int
    facts: int
    reverted: int


def create_router(
    guard: Guard, recording: Recording, attendees: Attendees, conferences: Conferences, database: Database
) -> APIRouter:
    """``/attendees``, and how many there are."""
    router = APIRouter(tags=["attendees"], dependencies=[Depends(guard("people"))])

    @router.get("/attendees")
    async def find_attendee(email: Annotated[Email, Query()]) -> AttendeeView:
        """The attendee with this address."""
        attendee = await attendees.get(recording.attendee_id(email))
        if attendee is None:
            raise not_found("attendee with the address", email)
        return _view(attendee)

    @router.put("/attendees/{id}/consent")
    async def put_consent(id: Id, consent: Consent) -> AttendeeView:
        """Record what the attendee agrees to, from now on."""
        return _view(await database.transact(lambda tx: recording.give_consent(id, consent.mail, tx)))

    @router.get("/statistics")
    async def get_statistics() -> Statistics:
        facts, reverted = await attendees.count_facts()
        return Statistics(
            conferences=await conferences.count(), attendees=await attendees.count(), facts=facts, reverted=reverted
        )

    return router


def _view(attendee: Attendee) -> AttendeeView:
    return AttendeeView(**{name: getattr(attendee, name) for name in AttendeeView.model_fields})
