"""What the registration service publishes. Only ``ContactChanged`` carries personal data."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from shared import text_patterns
from shared.contract.events.fields import (
    Country,
    Discipline,
    Email,
    Id,
    Level,
    Line,
    Link,
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
MOST_PLACEMENTS: Final = 3
MOST_HOSTS: Final = 100
MOST_EXCLUDED_SKILLS: Final = 100
"""Limits of one profile, so that it stays well below the largest event even after many years."""
MOST_COUNTED_SESSIONS: Final = 5000
MOST_ORGANIZERS: Final = 50
"""Limits of one conference."""


class Session(Payload):
    """One session of a conference's schedule."""

    id: Id
    title: Line
    topics: Terms = []
    skills: Terms = []
    abstract: str | None = Field(
        default=None, max_length=2000, description="what the session is about; skills are also found in it"
    )
    url: Link = Field(default=None, description="its page in the public schedule")
    starts: Moment | None = Field(default=None, description="when it begins; of one that is held several times, the first time")


class ConferenceBrand(Payload):
    """The look of pages and mails about one conference. What is left out is as on the rest of the site."""

    colour: Annotated[str, StringConstraints(pattern=text_patterns.COLOUR)] | None = Field(
        default=None, description="of links and buttons; readable on light pages"
    )
    logo: Annotated[str, StringConstraints(pattern=text_patterns.LOGO)] | None = Field(
        default=None, description="the path of its logo on the site, a PNG; its name changes with its content"
    )
    sender: Line | None = Field(default=None, description="the sender's name in mails about it")
    reply_to: Email | None = Field(
        default=None, description="where replies to these mails go: an address of the conference, not of a person"
    )

    @staticmethod
    def stored(document: Mapping[str, Any] | None) -> "ConferenceBrand | None":
        """The brand of which this was stored, and which was checked then; None for none."""
        return ConferenceBrand.model_construct(**document) if document else None


class ConferenceScheduled(Payload):
    """A conference was announced, or its schedule, its organizers or its brand changed."""

    conference_id: Id
    version: Version
    name: Line
    starts: date
    ends: date
    sessions: list[Session]
    organizers: list[Id] = Field(
        default=[],
        max_length=MOST_ORGANIZERS,
        description="its organizers; of merged attendees, the id of the one that is kept",
    )
    brand: ConferenceBrand | None = Field(default=None, description="null: it looks like the rest of the site")


class ContactChanged(Payload):
    """How to reach an attendee, and whether that is allowed."""

    attendee_id: Id
    version: Version
    email: Email
    name: Line | None
    locale: Locale | None
    mail_consent: bool
    time_zone: TimeZone | None = Field(default=None, description="their time zone (IANA); null: unknown")
    mail_consent_at: Moment | None = Field(
        default=None,
        description="when they last agreed to mails at `/me/consent` or through an operator; null: at most a publisher says so",
    )
    merged_into: Id | None = Field(
        default=None, description="the attendee with whom this one was merged, and who gets the mails instead"
    )


class ContactErased(Payload):
    """The person had their data erased. The key's tombstone follows, so this is the last chance to confirm it by mail."""

    attendee_id: Id
    version: Version


class Evidence(Payload):
    """Where a skill or topic was observed: a session that the attendee attended."""

    conference_id: Id
    session_id: Id
    title: Line


class PlacementEvidence(Payload):
    """Where a skill was gained: a placement whose mentor named it, and whose attendee confirmed it."""

    placement_id: Id
    level: Level | None = Field(default=None, description="the level reached, according to the mentor")


class Interest(Payload):
    """A skill or topic of an attendee: declared by the attendee, observed in sessions, gained in placements."""

    kind: Literal["skill", "topic"]
    term: Term
    declared: bool = False
    evidence: list[Evidence] = []
    level: Level | None = Field(default=None, description="the level of a skill, according to the attendee")
    placements: list[PlacementEvidence] = Field(
        default=[], max_length=MOST_PLACEMENTS, description="the placements in which a skill was gained"
    )


class Encounter(Payload):
    """A person met at a conference."""

    person_id: Id
    conference_id: Id


class Attended(Payload):
    """A session that the attendee attended."""

    conference_id: Id
    session_id: Id


class Availability(Payload):
    """When, where and how much somebody can work. What is left out is unknown, and excludes nothing."""

    starts: date | None = Field(default=None, description="the first day")
    ends: date | None = Field(default=None, description="the last day")
    hours_per_week: int | None = Field(default=None, ge=1, le=80, description="the most hours per week")
    countries: list[Country] | None = Field(
        default=None, max_length=250, description="the countries in which they can work on site"
    )
    remote: bool | None = Field(default=None, description="whether they can also work remotely")
    work_permission: list[Country] | None = Field(
        default=None, max_length=250, description="the countries in which they may work"
    )


class HostConsent(Payload):
    """Whether the profile may be shown to one host; overrides the consent for hosts in general."""

    organization_id: Id
    agreed: bool
    at: Moment = Field(description="when they decided")


class AttendeeProfiled(Payload):
    """What an attendee knows, which sessions they attended and whom they met. The event is complete as of this version.

    It is empty if the attendee did not agree to be matched, or was merged into another attendee.
    """

    attendee_id: Id
    version: Version
    conference_ids: list[Id] = Field(max_length=MOST_CONFERENCES)
    interests: list[Interest] = Field(max_length=MOST_INTERESTS)
    met: list[Encounter] = Field(
        max_length=MOST_ENCOUNTERS, description="all ids of the persons met; a mentor's `person_id` is in the listing"
    )
    sharing_consent: bool = Field(
        default=False, description="whether the profile may be shown to the hosts of matches; `host_consents` has the exceptions"
    )
    host_consents: list[HostConsent] = Field(
        default=[], max_length=MOST_HOSTS, description="the hosts for which the attendee decided otherwise, each once"
    )
    excluded_skills: list[Term] = Field(
        default=[],
        max_length=MOST_EXCLUDED_SKILLS,
        description="skills by which they do not want to be matched, even if they heard about them in `sessions`",
    )
    sessions: list[Attended] = Field(
        default=[], max_length=MOST_SESSIONS, description="the attended sessions, including those without any skill or topic"
    )
    discipline: Discipline | None = Field(default=None, description="what the attendee studied or works in (ISCED-F 2013)")
    availability: Availability | None = None
    merged_into: Id | None = Field(
        default=None, description="the attendee with whom this one was merged, and who has the person's profile instead"
    )


class SessionTurnout(Payload):
    """How many people attended a session."""

    session_id: Id
    attended: int = Field(ge=0)


class TurnoutCounted(Payload):
    """How many people came to a conference, and agreed to be matched. Readers hide small numbers."""

    conference_id: Id
    version: Version
    attended: int = Field(ge=0)
    consented: int = Field(ge=0, description="those of them who agreed to be matched")
    sessions: list[SessionTurnout] = Field(
        max_length=MOST_COUNTED_SESSIONS, description="all sessions with attendees; beyond the limit, those with most"
    )


class KeyChanged(Payload):
    """An API key was issued or revoked.

    Readers check requests by their own copy. Fields that limit what a key may do are required: a reader that does not know a new
    one would let the key do too much, so a new limit needs a new version of the type.
    """

    key_id: Id
    version: Version
    digest: Annotated[str, StringConstraints(pattern=text_patterns.DIGEST)] = Field(
        description="the SHA-256 of the key's secret, in hexadecimal digits"
    )
    scopes: list[Annotated[str, StringConstraints(min_length=1, max_length=100)]] = Field(
        max_length=100, description="what it may be used for; a reader ignores unknown scopes"
    )
    conference_id: Id | None = Field(description="the only conference it is for; null: it is not bound to one")
    organization_id: Id | None = Field(description="the only organization it is for; null: it is not bound to one")
    expires_at: Moment | None = Field(description="when it expires; null: never")
    revoked_at: Moment | None = Field(description="when it was revoked; null: it was not")
    source: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = Field(
        default=None, description="the only `source` of the events that it may publish"
    )
