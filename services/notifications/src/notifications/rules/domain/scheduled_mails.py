"""A scheduled mail: what is to be told, to whom and when. It becomes messages when it is due, or is cancelled before. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from notifications.mail.content import Meeting
from notifications.mail_kinds import KINDS, MailKind
from notifications.messages.domain.records import Cancellation

AudienceGroup = Literal["person", "host", "mentors", "recommended", "ranked"]
"""Who is told: one person; the people of a listing's host; a listing's mentors; the attendees to whom one of the listings is
recommended; those who ranked listings in a round."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told. ``ids`` are of persons, listings or rounds, as its group says."""

    group: AudienceGroup
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MailDetails:
    """What a mail tells of, by ids: names are looked up when it is written. A kind uses those it needs; the others are empty."""

    listing_id: str = ""
    organization_id: str = ""
    person_id: str = ""
    """The other person: the applicant, the mentor."""
    deadline: datetime | None = None
    starts: date | None = None
    ends: date | None = None
    meeting: Meeting | None = None
    sequence: int = 0
    """Of an invitation: the later one counts (RFC 5545)."""
    moved_from: Meeting | None = None
    """What an invitation was to before, if it is not the first; that is not over."""
    answer: str = ""
    round_id: str = ""
    round_name: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """What became of each listing ranked: its id, the result."""
    mentors: tuple[str, ...] = ()
    """The persons who go with an attendee; none: the listing's mentors."""
    expected: int = 0
    """How many ranked, as the round has counted: their rankings may be read a moment later."""
    until: datetime | None = None
    """Of a summary: when the week ends that it tells of, however long it waits."""


@dataclass(frozen=True, slots=True)
class ScheduledMail:
    """One kind of mail about one event, to be written when it is due."""

    kind: MailKind
    cause: str
    """The event that causes it: with the kind, the scheduled mail's id. Made twice, it is the same."""
    audience: Audience
    correlation_id: str
    due_at: datetime
    not_after: datetime
    """Until when it is worth sending."""
    details: MailDetails = field(default_factory=MailDetails)
    about: str = ""
    """The thread it belongs to, such as ``application/ID``; what takes it back names it by this."""
    caused_by: str = ""
    """The person who set it off; "" where nobody did."""
    after: str = ""
    """Of a large audience: whoever is up to this id was told."""
    created_at: datetime | None = None
    """When it was kept; None before."""

    @property
    def id(self) -> str:
        return f"{self.cause}|{self.kind.name}"


@dataclass(slots=True)
class ScheduleChanges:
    """What an event leads to: first the mails that it cancels, then those that it schedules."""

    cancellations: list[Cancellation] = field(default_factory=list)
    scheduled_mails: list[ScheduledMail] = field(default_factory=list)
    kept_causes: list[str] = field(default_factory=list)
    """Causes whose mails are not cancelled; those of the scheduled mails are kept, too."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """The event that schedules mails, as they name it."""

    about: str
    cause: str
    correlation_id: str
    now: datetime

    def schedule(
        self,
        kind: str,
        audience: Audience,
        details: MailDetails | None = None,
        *,
        cause: str = "",
        due_at: datetime | None = None,
        until: datetime | None = None,
        caused_by: str = "",
    ) -> ScheduledMail:
        """A mail, due now where nothing else is said, and worth sending as long as its kind is, and not after ``until``."""
        due_at = due_at or self.now
        end = due_at + KINDS[kind].worth
        return ScheduledMail(
            KINDS[kind],
            cause or self.cause,
            audience,
            self.correlation_id,
            due_at,
            min(end, until) if until else end,
            details or MailDetails(),
            self.about,
            caused_by,
        )


def one_person(id: str) -> Audience:
    return Audience("person", (id,))


def listing_host(listing_id: str) -> Audience:
    return Audience("host", (listing_id,))
