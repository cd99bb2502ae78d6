"""What the registration service publishes. Only ``ContactChanged`` carries personal data."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from shared import text_patterns
from shared.contract.events.fields import (
    Country,
    Discipline,
    Email,
    Id,
    Level,
    Line,
    Locale,
    Moment,
    Payload,
    Term,
    Terms,
    TimeZone,
    Version,
)

MOST_CONFERENCES: Final = 300
MOST_INTERESTS: Final = 250
MOST_ENCOUNTERS: Final = 1000
MOST_SESSIONS: Final = 500
"""Of one profile, so that it stays well below the size of an event, whatever came together over the years."""


class Session(Payload):
    """One session of a conference's schedule."""

    id: Id
    title: Line
    topics: Terms = []
    skills: Terms = []
    abstract: str | None = Field(default=None, max_length=2000, description="what it is about; skills are found in it, too")


class ConferenceScheduled(Payload):
    """A conference was announced or its schedule changed."""

    conference_id: Id
    version: Version
    name: Line
    starts: date
    ends: date
    sessions: list[Session]


class ContactChanged(Payload):
    """How to reach an attendee, and whether that is allowed."""

    attendee_id: Id
    version: Version
    email: Email
    name: Line | None
    locale: Locale | None
    mail_consent: bool
    time_zone: TimeZone | None = Field(default=None, description="the zone that their days go by (IANA); null: not known")
    mail_consent_at: Moment | None = Field(
        default=None,
        description="when they last agreed to mails here (`/me/consent`, or by an operator); null: at most publishers say so",
    )
    merged_into: Id | None = Field(default=None, description="whom this one turned out to be: that attendee is mailed instead")


class ContactErased(Payload):
    """The person had their data erased: the next record of this key is the tombstone. This is the moment to tell them."""

    attendee_id: Id
    version: Version


class Evidence(Payload):
    """Where a skill or a topic was seen: a session that was attended."""

    conference_id: Id
    session_id: Id
    title: Line


class Interest(Payload):
    """A skill or a topic of an attendee; ``declared`` by the attendee, heard in sessions, or both."""

    kind: Literal["skill", "topic"]
    term: Term
    declared: bool = False
    evidence: list[Evidence] = []
    level: Level | None = Field(default=None, description="of a skill, as the attendee sees it")


class Encounter(Payload):
    """A person met at a conference."""

    person_id: Id
    conference_id: Id


class Attended(Payload):
    """A session that was attended."""

    conference_id: Id
    session_id: Id


class Availability(Payload):
    """When, where and how much somebody can work. What is not given is not known, and excludes nothing."""

    starts: date | None = Field(default=None, description="the first day")
    ends: date | None = Field(default=None, description="the last day")
    hours_per_week: int | None = Field(default=None, ge=1, le=80, description="the most")
    countries: list[Country] | None = Field(default=None, max_length=250, description="where, if not remotely")
    remote: bool | None = Field(default=None, description="whether remotely, too")
    work_permission: list[Country] | None = Field(
        default=None, max_length=250, description="the countries where a permission to work is at hand"
    )


class AttendeeProfiled(Payload):
    """What an attendee knows, heard and whom they met, complete as of this version.

    It is empty for whoever did not agree to be matched, or turned out to be somebody known by another id.
    """

    attendee_id: Id
    version: Version
    conference_ids: list[Id] = Field(max_length=MOST_CONFERENCES)
    interests: list[Interest] = Field(max_length=MOST_INTERESTS)
    met: list[Encounter] = Field(
        max_length=MOST_ENCOUNTERS, description="persons met, by each id that they have; a mentor's `person_id` is in the listing"
    )
    sharing_consent: bool = Field(default=False, description="name and profile may be shown to the host of a match")
    sessions: list[Attended] = Field(
        default=[], max_length=MOST_SESSIONS, description="the sessions attended, those without any skill or topic too"
    )
    discipline: Discipline | None = Field(default=None, description="what the attendee studied or works in (ISCED-F 2013)")
    availability: Availability | None = None


class KeyChanged(Payload):
    """An API key was issued or revoked.

    Readers keep a copy, and check requests by it. Fields that limit what a key may do are required: a reader that does not know a
    new one would let the key do too much, so a new limit needs a new version of the type.
    """

    key_id: Id
    version: Version
    digest: Annotated[str, StringConstraints(pattern=text_patterns.DIGEST)] = Field(
        description="the SHA-256 of the key's secret, in hexadecimal digits"
    )
    scopes: list[Annotated[str, StringConstraints(min_length=1, max_length=100)]] = Field(
        max_length=100, description="what it may be used for; a reader ignores those that it does not know"
    )
    conference_id: Id | None = Field(description="the only conference it is for; null: it is not bound to one")
    organization_id: Id | None = Field(description="the only organization it is for; null: it is not bound to one")
    expires_at: Moment | None = Field(description="from when on it opens nothing; null: it does not expire")
    revoked_at: Moment | None = Field(description="when it was revoked: it opens nothing any more; null: it was not")
    source: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = Field(
        default=None, description="the only `source` of the events that it may publish"
    )
