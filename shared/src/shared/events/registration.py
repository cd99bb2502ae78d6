"""What the registration service publishes. Only ``ContactChanged`` carries personal data."""

from datetime import date
from typing import Literal

from pydantic import Field

from shared.events.fields import Email, Id, Line, Locale, Payload, Term, Terms, Version


class Session(Payload):
    """One session of a conference's schedule."""

    id: Id
    title: Line
    topics: Terms = []
    skills: Terms = []


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


class Encounter(Payload):
    """A person met at a conference."""

    person_id: Id
    conference_id: Id


class AttendeeProfiled(Payload):
    """What an attendee knows, heard and whom they met, complete as of this version."""

    attendee_id: Id
    version: Version
    conference_ids: list[Id]
    interests: list[Interest]
    met: list[Encounter] = Field(description="persons met; a mentor's `person_id` is in the listing")
