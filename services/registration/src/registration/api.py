"""HTTP in: conferences from operators; attendees for those who look one up."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, Self
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from registration.domain import Attendee
from registration.repository import Repository
from registration.use_cases import Registration
from shared.envelope import STRUCTURED, Received, unpack
from shared.events.fields import Email, Id, Line
from shared.events.registration import Session
from shared.mongo import Database
from shared.problems import not_found
from shared.topics import ATTENDANCE_INBOUND

_CLOUD_EVENT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "one CloudEvent: structured, or binary with its attributes in headers `ce-*`",
        "content": {name: {"schema": {"type": "object"}} for name in (STRUCTURED, "application/json")},
    }
}


class Schedule(BaseModel):
    """A conference and its sessions."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    starts: date
    ends: date
    sessions: list[Session] = Field(default=[], max_length=10_000)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.ends < self.starts:
            raise ValueError(f"ends: {self.ends} is before starts, {self.starts}")
        ids = [session.id for session in self.sessions]
        if repeated := next((id for id in ids if ids.count(id) > 1), None) if len(set(ids)) < len(ids) else None:
            raise ValueError(f"sessions: the id {repeated!r} occurs more than once")
        return self


class ConferenceView(BaseModel):
    """A conference as it is kept."""

    id: str
    version: int
    name: str
    starts: date
    ends: date
    sessions: list[Session]


class Consent(BaseModel):
    """What an attendee agrees to."""

    model_config = ConfigDict(extra="forbid")

    mail: bool


class AttendeeView(BaseModel):
    """An attendee as registration knows them."""

    id: str
    email: str
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


class Accepted(BaseModel):
    """The event that was accepted, by what identifies it."""

    source: str
    id: str


def create_router(registration: Registration, repository: Repository, database: Database) -> APIRouter:
    """The service's own resources."""
    router = APIRouter(tags=["registration"])

    @router.post("/attendance", status_code=HTTPStatus.ACCEPTED, openapi_extra=_CLOUD_EVENT)
    async def post_attendance(request: Request) -> Accepted:
        """Accept one attendance event (see `/asyncapi`). It is kept when this answers; the same event again is harmless."""
        # CloudEvents 1.0, HTTP protocol binding: the values of headers are percent-encoded.
        headers: list[tuple[str, bytes | None]] = [
            (name.replace("ce-", "ce_", 1), unquote(value).encode())
            for name, value in request.headers.items()
            if name.startswith("ce-") or name == "content-type"
        ]
        event = unpack(Received(ATTENDANCE_INBOUND.name, await request.body(), headers), ATTENDANCE_INBOUND)
        await database.transact(lambda tx: registration.accept_attendance(event, tx))
        return Accepted(source=event.source, id=event.id)

    @router.put("/conferences/{id}")
    async def put_conference(id: Id, schedule: Schedule, response: Response) -> ConferenceView:
        """Announce a conference, or change it. The same again changes nothing.

        A changed schedule shows in an attendee's profile with their next event.
        """
        conference = await database.transact(
            lambda tx: registration.schedule_conference(id, schedule.name, schedule.starts, schedule.ends, schedule.sessions, tx)
        )
        if conference.version == 1:
            response.status_code = HTTPStatus.CREATED
        return await get_conference(id)

    @router.get("/conferences/{id}")
    async def get_conference(id: Id) -> ConferenceView:
        conference = await repository.conference(id)
        if conference is None:
            raise not_found("conference", id)
        return ConferenceView(
            id=conference.id,
            version=conference.version,
            name=conference.name,
            starts=conference.starts,
            ends=conference.ends,
            sessions=list(conference.sessions.values()),
        )

    @router.get("/attendees")
    async def find_attendee(email: Annotated[Email, Query()]) -> AttendeeView:
        """The attendee with this address."""
        attendee = await repository.attendee(registration.attendee_id(email))
        if attendee is None:
            raise not_found("attendee with the address", email)
        return _view(attendee)

    @router.put("/attendees/{id}/consent")
    async def put_consent(id: Id, consent: Consent) -> AttendeeView:
        """Record what the attendee agrees to, from now on."""
        return _view(await database.transact(lambda tx: registration.give_consent(id, consent.mail, tx)))

    @router.get("/statistics")
    async def get_statistics() -> Statistics:
        return Statistics(**await repository.statistics())

    return router


def _view(attendee: Attendee) -> AttendeeView:
    return AttendeeView(**{name: getattr(attendee, name) for name in AttendeeView.model_fields})
