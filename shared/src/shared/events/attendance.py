"""What other systems publish to ``attendance.inbound``: who came, what they heard, whom they met.

The id of an event is chosen by its publisher. A repeat of the same ``source`` and ``id`` changes nothing.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.events.fields import Email, Id, Line, Locale, Payload, Terms


class Consent(Payload):
    """What the person agreed to. What is not given is not agreed to."""

    mail: bool = Field(default=False, description="mails about matches may be sent")


class Person(Payload):
    """A person as the publishing system knows them. Only the address is needed; the latest event's words win."""

    email: Email
    name: Line | None = None
    locale: Locale | None = None
    skills: Terms = []
    consent: Consent | None = None


class CheckedIn(Payload):
    """The attendee arrived at the conference."""

    conference_id: Id
    attendee: Person


class SessionAttended(Payload):
    """The attendee was in a session of the conference."""

    conference_id: Id
    attendee: Person
    session_id: Id


class PersonMet(Payload):
    """The attendee met another person (a badge scan, a mutual confirmation)."""

    conference_id: Id
    attendee: Person
    met: Person


class Reverted(Payload):
    """An earlier event of the same source is taken back. It may also arrive before the event that it takes back."""

    reverts: Annotated[str, StringConstraints(min_length=1, max_length=256)] = Field(
        description="the `id` of the event that is taken back"
    )
