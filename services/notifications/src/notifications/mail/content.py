"""The content of a mail, with all names looked up, and its recipient's address. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from notifications.mail_kinds import MailKind
from shared.contract.events.matching import Match
from shared.wording.conditions import NO_CONDITIONS, ListingConditions
from shared.wording.dates import Meeting


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name of its owner."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class MailBrand:
    """How mails about one conference present themselves."""

    name: str
    colour: str
    """Of links and buttons where mails are light."""
    sender: str = ""
    """The name in ``From``; "" for that of all mails."""
    reply_to: str = ""
    """The address to which replies go; "" for the sender's."""


@dataclass(frozen=True, slots=True)
class NamedListing:
    """A listing as mails name it. ``url`` is "" if mails may not link to its host."""

    id: str
    title: str
    organization: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Recommended:
    """A match in a digest. ``new``: no mail has mentioned it yet. ``url`` is as in ``NamedListing``."""

    match: Match
    new: bool
    url: str = ""
    conditions: ListingConditions = NO_CONDITIONS


@dataclass(frozen=True, slots=True)
class RankedListing:
    """What became of a listing that an attendee ranked. ``result`` is as in ``shared.contract.events.matching.Choice``."""

    listing: NamedListing
    result: str


@dataclass(frozen=True, slots=True)
class WeekRow:
    """What happened to a listing in the week of a host's summary."""

    listing: NamedListing
    applications: int
    offers: int
    accepted: int


@dataclass(frozen=True, slots=True)
class ListingSeats:
    """Who has the seats of a listing after a match day: their names, "" where a name is not known."""

    listing: NamedListing
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MailContent:
    """The content of a mail. A mail kind uses the fields it needs; the others are empty."""

    listing: NamedListing | None = None
    organization: str = ""
    organization_id: str = ""
    person: str = ""
    """The other person's name; "" if it is not known, or must not be shown."""
    person_email: str = ""
    """Their address, if the two are introduced to each other."""
    deadline: datetime | None = None
    starts: date | None = None
    ends: date | None = None
    meeting: Meeting | None = None
    uid: str = ""
    """The id of the appointment in calendars: all its invitations have the same."""
    sequence: int = 0
    moved_from: Meeting | None = None
    """The meeting of the invitation before, if this is not the first one."""
    answer: str = ""
    slots: tuple[Meeting, ...] = ()
    """The times for an interview from which the attendee can choose."""
    conditions: ListingConditions = NO_CONDITIONS
    """Of the listing, where a mail shows them."""
    terms: tuple[str, ...] = ()
    """What changed in the listing, as in ``shared.contract.events.matching.ApplicationChanged.changed_terms``."""
    skills: tuple[tuple[str, int | None], ...] = ()
    """The skills that the attendee is to confirm, with their levels."""
    attempt: int = 1
    """How often the attendee has applied."""
    role: str = ""
    """As what the attendee was hired."""
    listings: tuple[NamedListing, ...] = ()
    """The listings of the applications that another placement ended."""
    sign_in_url: str = ""
    sign_in_code: str = ""
    passkey: str = ""
    """The name that somebody gave a passkey."""
    account_url: str = ""
    round_name: str = ""
    round_id: str = ""
    choices: tuple[RankedListing, ...] = ()
    free: tuple[NamedListing, ...] = ()
    """Listings of the match day with free seats that suit the reader, who got none."""
    seats: tuple[ListingSeats, ...] = ()
    """A host's listings in a match day."""
    named: tuple[str, ...] = ()
    """The ids of those who have seats in them."""
    matches: tuple[Recommended, ...] = ()
    """The new ones first; the best first in both groups."""
    week: tuple[WeekRow, ...] = ()
    brand: MailBrand | None = None
    """Of the conference that it is about, if it is about one that has a brand."""

    def is_empty_for(self, kind: MailKind) -> bool:
        """Whether a mail of this kind would say nothing: an empty list, an introduction without mentors."""
        match kind.name:
            case "host_summary":
                return not self.week
            case "mentor_introduction":
                return not self.person
            case "applications_superseded":
                return not self.listings
            case "round_opened_host" | "round_closing_host" | "round_result_host" | "round_cancelled_host":
                return not self.seats
        return False


@dataclass(frozen=True, slots=True)
class Calendar:
    """An iCalendar object for a mail, with its ``METHOD``."""

    method: Literal["REQUEST", "CANCEL"]
    data: bytes


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail as its reader sees it."""

    subject: str
    text: str
    html: str
    calendar: Calendar | None = None
