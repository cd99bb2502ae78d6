"""A message: one mail to one person about one event, and where it stands. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

from notifications.mail_kinds import Kind
from notifications.rules.domain.plans import Meeting
from shared.contract.events.matching import Match

State = Literal["queued", "claimed", "sending", "sent", "failed", "suppressed", "expired", "unknown", "cancelled"]
"""queued (again after the server asked to come back) → claimed (by a sender) → sending (its data may be on the wire) → one of the
ends. "unknown": cut off when the server may already have had it. "suppressed": not to be sent to this address or person."""

OPEN: Final[tuple[State, ...]] = ("queued", "claimed", "sending")
ENDS: Final[tuple[State, ...]] = ("sent", "failed", "suppressed", "expired", "unknown", "cancelled")


@dataclass(frozen=True, slots=True)
class Message:
    """One mail. Its address is looked up when it is sent: the newest counts."""

    id: str
    kind: Kind
    recipient: str
    """The id of the person."""
    cause: str
    """The id of the event."""
    correlation_id: str
    created_at: datetime
    due_at: datetime
    not_after: datetime
    about: str = ""
    """The thread it belongs to, such as ``application/ID``; what takes a mail back names it by this."""
    caused_by: str = ""
    """The person who set it off; "" where nobody did."""
    of: str = ""
    """The other person whom it tells of; "" where there is none. Were they erased, it would not leave."""
    listing_ids: list[str] = field(default_factory=list)
    """Of a digest of matches: the listings that it tells of for the first time."""
    deferrals: int = 0
    """How often the server asked to come back later with it."""
    resent: bool = False
    """It was handed over once more after an unclear end."""
    claim: str = ""
    """The mark of the claim under which it is being sent."""


def message_id(cause: str, kind: str, recipient: str) -> str:
    """The one id of the mail of this kind to this person about this event: made twice, it is the same."""
    return f"{cause}|{kind}|{recipient}"


# What a mail says, with all names looked up


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing as mails name it. ``url`` is "" where its host is not one that mails may link to."""

    id: str
    title: str
    organization: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Recommended:
    """A match in a digest; ``new``: not told of before. ``url`` as in ``Listing``."""

    match: Match
    new: bool
    url: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What became of a listing that an attendee ranked; ``result`` as in ``shared.contract.events.matching.Choice``."""

    listing: Listing
    result: str


@dataclass(frozen=True, slots=True)
class WeekRow:
    """What happened to one listing in the week of a host's summary."""

    listing: Listing
    applications: int
    offers: int
    accepted: int


@dataclass(frozen=True, slots=True)
class View:
    """What a mail says. A kind uses those it needs; the others are empty."""

    listing: Listing | None = None
    organization: str = ""
    person: str = ""
    """The other person's name; "" where it is not known or not to be told."""
    person_email: str = ""
    """Their address, where the two are to write to each other."""
    deadline: datetime | None = None
    starts: date | None = None
    ends: date | None = None
    meeting: Meeting | None = None
    uid: str = ""
    """Of the date in calendars: all its invitations have the same."""
    sequence: int = 0
    moved_from: Meeting | None = None
    """What it was before, where this is not the first invitation."""
    answer: str = ""
    round_name: str = ""
    choices: tuple[Choice, ...] = ()
    matches: tuple[Recommended, ...] = ()
    """New ones first, the best first among each."""
    week: tuple[WeekRow, ...] = ()

    def says_nothing_of(self, kind: Kind) -> bool:
        """Whether a mail of this kind would be empty: a week in which nothing happened, mentors of whom there are none."""
        return (kind.name == "host_summary" and not self.week) or (kind.name == "mentor_introduction" and not self.person)


@dataclass(frozen=True, slots=True)
class Calendar:
    """An iCalendar object to go with a mail; ``method`` as in it."""

    method: Literal["REQUEST", "CANCEL"]
    data: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """A mail as it is read."""

    subject: str
    text: str
    html: str
    calendar: Calendar | None = None
