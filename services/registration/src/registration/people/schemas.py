"""The schemas by which operators, and people themselves, see and change a person's data."""

from datetime import datetime
from typing import Self

from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from registration.attendees.domain.attendance import PURPOSES, Purpose
from registration.attendees.domain.people import Person
from registration.keys.domain import MOST_PERSONAL_KEY_DAYS, PERSONAL_KEY_DAYS
from registration.people.use_cases.exports import Export
from registration.people.use_cases.rights import Rights
from shared.contract.events.fields import Id, Locale, PlainLine, TimeZone
from shared.contract.events.registration import MOST_HOSTS


class ConsentSpec(BaseModel):
    """What a person agrees to. Omitted purposes stay unchanged."""

    model_config = ConfigDict(extra="forbid")

    matching: StrictBool | None = None
    mail: StrictBool | None = None
    sharing: StrictBool | None = None
    hosts: dict[Id, StrictBool | None] = Field(
        default={},
        max_length=MOST_HOSTS,
        description="by organization: whether they agree to be shown to it; overrides `sharing`; null: as `sharing` says",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.details() and not self.hosts:
            raise ValueError(f"name at least one of: {', '.join((*PURPOSES, 'hosts'))}")
        return self

    def details(self) -> dict[str, bool]:
        """The given purposes."""
        answers = {"matching": self.matching, "mail": self.mail, "sharing": self.sharing}
        return {purpose: agreed for purpose, agreed in answers.items() if agreed is not None}


class ContactSpec(BaseModel):
    """A person's contact details. Omitted ones stay unchanged; null withdraws a declared one."""

    model_config = ConfigDict(extra="forbid")

    name: PlainLine | None = Field(default=None, description="how mails greet them")
    locale: Locale | None = None
    time_zone: TimeZone | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"name at least one of: {', '.join(ContactSpec.model_fields)}")
        return self

    def details(self) -> dict[str, str | None]:
        """The given details, in the form that ``People.declare`` takes."""
        return self.model_dump(include=self.model_fields_set)


class ConsentRecord(BaseModel):
    """The consent to one purpose by one address or account: when, and how (which event, or who recorded it here)."""

    attendee_id: str
    agreed: bool
    at: datetime
    how: str


class ConsentView(BaseModel):
    """Whether the person agrees to a purpose: only if every address and account of theirs does."""

    agreed: bool
    given: list[ConsentRecord]


class HostConsentView(BaseModel):
    """Whether the person agrees to be shown to one host."""

    organization_id: str
    agreed: bool
    at: datetime


class AttendeeView(BaseModel):
    """A person as registration knows them: ``id`` is the one that other services use, ``merged`` are those merged into it."""

    id: str
    merged: list[str]
    email: str | None
    name: str | None
    locale: str | None
    time_zone: str | None
    skills: list[str]
    organizes: list[str] = Field(description="the ids of the conferences that they organize")
    consents: dict[Purpose, ConsentView]
    host_consents: list[HostConsentView] = Field(description="the hosts for which they decided differently from `sharing`")
    contact_version: int
    profile_version: int
    recorded: bool = Field(
        default=True,
        description="false if all of their events are still pending, so nothing else is known yet; these events can be "
        "exported and erased",
    )


class MergedInto(BaseModel):
    """The attendee who is kept."""

    model_config = ConfigDict(extra="forbid")

    attendee_id: Id


class Access(BaseModel):
    """How long a personal key is valid."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=PERSONAL_KEY_DAYS, strict=True, ge=1, le=MOST_PERSONAL_KEY_DAYS)


class OwnKey(BaseModel):
    """A key for a person to see, correct and erase their own data at `/me`. It is shown only once."""

    key: str
    expires_at: datetime


def view(person: Person) -> AttendeeView:
    """The person as the API shows them."""
    kept, *merged = person.members
    contact = person.contact(kept)
    return AttendeeView(
        id=kept.id,
        merged=[member.id for member in merged],
        email=contact.email if contact else None,
        name=person.name(),
        locale=person.detail("locale"),
        time_zone=person.detail("time_zone"),
        skills=[term for term, _ in person.skills()],
        organizes=person.organizes(),
        consents={purpose: _consent(person, purpose) for purpose in PURPOSES},
        host_consents=[
            HostConsentView(organization_id=host, agreed=agreed, at=datetime.fromisoformat(at))
            for host, (agreed, at) in person.hosts().items()
        ],
        contact_version=kept.contact_version,
        profile_version=kept.profile_version,
    )


def exported(rights: Rights, export: Export) -> Response:
    """The export as a response that is streamed while the data is read."""
    headers = {"Content-Disposition": 'attachment; filename="opportunity-desk.json"', "Cache-Control": "no-store"}
    return StreamingResponse(rights.document(export), media_type="application/json", headers=headers)


def _consent(person: Person, purpose: Purpose) -> ConsentView:
    given = [
        ConsentRecord(attendee_id=member.id, agreed=consent.value, at=consent.at, how=consent.how)
        for member in person.members
        if (consent := member.detail(purpose))
    ]
    return ConsentView(agreed=person.agrees(purpose), given=given)
