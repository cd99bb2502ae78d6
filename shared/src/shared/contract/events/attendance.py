"""What other systems publish to ``attendance.inbound``: who came and left, which sessions they attended, whom they met.

The publisher chooses the id of an event. A repeated event, with the same ``source`` and ``id``, changes nothing.
"""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from shared.contract.events.fields import Account, Email, Id, Line, Locale, Payload, Terms, TimeZone, given
from shared.worded import Worded

Conference = Annotated[Id, Field(description=Worded("the conference's id in the registration service"))]


class Consent(Payload):
    """What the person agreed to, by purpose. If left out, `matching` is the same as `mail`; the others count as not agreed to."""

    matching: bool | None = Field(
        default=None, description=Worded("attendance may be matched with internships; if left out, the same as `mail`")
    )
    mail: bool = Field(default=False, description=Worded("mails about matches may be sent"))
    sharing: bool = Field(default=False, description=Worded("name and profile may be shown to the host of a match"))


class Person(Payload):
    """A person as the publishing system knows them: by an address, or else by an account. Newer events override older ones."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [given("email"), given("account")]})

    email: Email | None = Field(
        default=None, description=Worded("the person's own address; leave it out if it may belong to the buyer of the ticket")
    )
    account: Account | None = Field(
        default=None,
        description=Worded("the publisher's id for the person (a ticket, a badge); unique within the event's source"),
    )
    name: Line | None = Field(default=None, description=Worded("the name by which mails greet the person"))
    locale: Locale | None = Field(
        default=None, description=Worded("the language of the person's mails (BCP 47), such as `de` or `pt-BR`")
    )
    time_zone: TimeZone | None = Field(default=None, description=Worded("the person's time zone (IANA), such as `Europe/Prague`"))
    skills: Terms = Field(default=[], description=Worded("the skills that the person named; they replace those named before"))
    consent: Consent | None = Field(
        default=None, description=Worded("leave it out if the person was not asked; their earlier answer still holds")
    )

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if self.email is None and self.account is None:
            raise ValueError("the person is not identified; give their own address as 'email', or an 'account' if there is none")
        return self


class CheckedIn(Payload):
    """The attendee arrived at the conference."""

    conference_id: Conference
    attendee: Person = Field(description=Worded("the attendee"))


class SessionAttended(Payload):
    """The attendee attended a session of the conference."""

    conference_id: Conference
    attendee: Person = Field(description=Worded("the attendee"))
    session_id: Id = Field(description=Worded("the session's id in the conference's schedule"))


class PersonMet(Payload):
    """The attendee met another person (a badge scan, a mutual confirmation)."""

    conference_id: Conference
    attendee: Person = Field(description=Worded("the attendee"))
    met: Person = Field(description=Worded("the person whom the attendee met; consent and skills are ignored here"))


class Left(Payload):
    """The attendee left the conference or a session. Attendance stays recorded: the attendee was there."""

    conference_id: Conference
    attendee: Person = Field(description=Worded("the attendee"))
    session_id: Id | None = Field(
        default=None,
        description=Worded("the id of the session that the attendee left; without it, the attendee left the conference"),
    )


class Reverted(Payload):
    """Takes back an earlier event of the same source. It may also arrive before that event."""

    reverts: Annotated[str, StringConstraints(min_length=1, max_length=256)] = Field(
        description=Worded("the `id` of the event to take back")
    )


Attendance = CheckedIn | SessionAttended | PersonMet | Left
"""What happened to an attendee."""
