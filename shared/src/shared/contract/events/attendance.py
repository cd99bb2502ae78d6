"""What other systems publish to ``attendance.inbound``: who came, what they heard, whom they met.

The id of an event is chosen by its publisher. A repeat of the same ``source`` and ``id`` changes nothing.
"""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from shared.contract.events.fields import Account, Email, Id, Line, Locale, Payload, Terms, TimeZone, given

Conference = Annotated[Id, Field(description="the conference, by its id in the registration service")]


class Consent(Payload):
    """What the person agreed to, for each purpose. What is not given is not agreed to."""

    matching: bool | None = Field(
        default=None, description="attendance may be matched with internships; where it is not given, as `mail`"
    )
    mail: bool = Field(default=False, description="mails about matches may be sent")
    sharing: bool = Field(default=False, description="name and profile may be shown to the host of a match")


class Person(Payload):
    """A person as the publishing system knows them: by an address, or else by an account. The latest event's words win."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [given("email"), given("account")]})

    email: Email | None = Field(
        default=None, description="the person's own address; leave it out where it may be that of whoever bought the ticket"
    )
    account: Account | None = Field(
        default=None,
        description="how the publisher knows the person (a ticket, a badge); unique within the event's source",
    )
    name: Line | None = Field(default=None, description="the name to greet them by")
    locale: Locale | None = Field(default=None, description="the language for their mails (BCP 47), such as `de` or `pt-BR`")
    time_zone: TimeZone | None = Field(
        default=None, description="the zone that their days and mails go by (IANA), such as `Europe/Prague`"
    )
    skills: Terms = Field(default=[], description="skills that the person named: these words replace earlier ones")
    consent: Consent | None = Field(default=None, description="leave it out where nothing was asked: earlier words stand")

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if self.email is None and self.account is None:
            raise ValueError("nobody is named; give the person's own address as 'email', or an 'account' where there is none")
        return self


class CheckedIn(Payload):
    """The attendee arrived at the conference."""

    conference_id: Conference
    attendee: Person = Field(description="who it was")


class SessionAttended(Payload):
    """The attendee was in a session of the conference."""

    conference_id: Conference
    attendee: Person = Field(description="who it was")
    session_id: Id = Field(description="the session, by its id in the conference's schedule")


class PersonMet(Payload):
    """The attendee met another person (a badge scan, a mutual confirmation)."""

    conference_id: Conference
    attendee: Person = Field(description="who it was")
    met: Person = Field(description="whom the attendee met; only who it was is taken from here, no consent and no skills")


class Left(Payload):
    """The attendee left the conference, or a session of it. No attendance is taken away by it: who leaves has been there."""

    conference_id: Conference
    attendee: Person = Field(description="who it was")
    session_id: Id | None = Field(
        default=None,
        description="the session that the attendee left, by its id in the conference's schedule; without it, the conference",
    )


class Reverted(Payload):
    """An earlier event of the same source is taken back. It may also arrive before the event that it takes back."""

    reverts: Annotated[str, StringConstraints(min_length=1, max_length=256)] = Field(
        description="the `id` of the event that is taken back"
    )


Attendance = CheckedIn | SessionAttended | PersonMet | Left
"""What happened to an attendee."""
