"""What a mail says, with all names looked up, and where it goes. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from notifications.mail_kinds import MailKind
from shared.contract.events.matching import Match


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address, and the name to put before it."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """A date with people. ``place`` and ``url`` are a host's words."""

    starts: datetime
    ends: datetime
    place: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class NamedListing:
    """A listing as mails name it. ``url`` is "" where its host is not one that mails may link to."""

    id: str
    title: str
    organization: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Recommended:
    """A match in a digest; ``new``: not told of before. ``url`` as in ``NamedListing``."""

    match: Match
    new: bool
    url: str = ""


@dataclass(frozen=True, slots=True)
class RankedListing:
    """What became of a listing that an attendee ranked; ``result`` as in ``shared.contract.events.matching.Choice``."""

    listing: NamedListing
    result: str


@dataclass(frozen=True, slots=True)
class WeekRow:
    """What happened to one listing in the week of a host's summary."""

    listing: NamedListing
    applications: int
    offers: int
    accepted: int


@dataclass(frozen=True, slots=True)
class MailContent:
    """What a mail says. A kind uses those it needs; the others are empty."""

    listing: NamedListing | None = None
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
    choices: tuple[RankedListing, ...] = ()
    matches: tuple[Recommended, ...] = ()
    """New ones first, the best first among each."""
    week: tuple[WeekRow, ...] = ()

    def says_nothing_of(self, kind: MailKind) -> bool:
        """Whether a mail of this kind would be empty: a week in which nothing happened, mentors of whom there are none."""
        return (kind.name == "host_summary" and not self.week) or (kind.name == "mentor_introduction" and not self.person)


@dataclass(frozen=True, slots=True)
class Calendar:
    """An iCalendar object to go with a mail; ``method`` as in it."""

    method: Literal["REQUEST", "CANCEL"]
    data: bytes


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail as it is read."""

    subject: str
    text: str
    html: str
    calendar: Calendar | None = None
