"""Scheduled mails: what to write, to whom, and when. Once due, one becomes messages, unless it was cancelled. Pure."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from notifications.mail_kinds import KINDS, Lane, MailKind
from notifications.messages.domain.records import Cancellation
from shared.wording.dates import Meeting

AudienceGroup = Literal["person", "host", "mentors", "recommended", "ranked", "attended", "hosts", "concerned", "organization"]
"""person: one or more persons by their ids; host: the contacts of a listing's host, and the persons named after the listing;
mentors: a listing's mentors; recommended: the attendees to whom one of the listings is recommended; ranked: those who ranked
listings in a round and have no seat; attended: those who attended a conference and agreed to be matched; hosts: the contacts of
all hosts of the listings; concerned: those who were invited to a round, or ranked in it; organization: its contacts."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who gets a scheduled mail. ``ids`` are of persons, listings or rounds, depending on the group."""

    group: AudienceGroup
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MailDetails:
    """What a mail is about, by ids: names are looked up when it is written. A kind uses the fields it needs."""

    listing_id: str = ""
    person_id: str = ""
    """The other person, such as the applicant."""
    deadline: datetime | None = None
    starts: date | None = None
    ends: date | None = None
    meeting: Meeting | None = None
    sequence: int = 0
    """Of an invitation: the one with the highest number counts (RFC 5545)."""
    moved_from: Meeting | None = None
    """The meeting of the invitation before, if there was one and the meeting is not over."""
    answer: str = ""
    round_id: str = ""
    round_name: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """The id and the result of each listing that was ranked."""
    free: tuple[str, ...] = ()
    """The listings of the match day with free seats that suit somebody who got none."""
    mentors: tuple[str, ...] = ()
    """The mentors of a placement; if empty, those of the listing."""
    expected: int = 0
    """How many attendees ranked, or got a seat, by the round's count: the last of them may become known a moment later."""
    until: datetime | None = None
    """Of a summary: the end of its week, however late it is written. Of ``applications_superseded``: when they ended. Of
    ``idea_published``: until when only the author may apply."""
    slots: tuple[Meeting, ...] = ()
    """The times from which the attendee can choose."""
    terms: tuple[str, ...] = ()
    """What changed in the listing."""
    skills: tuple[tuple[str, int | None], ...] = ()
    """The skills that the attendee is to confirm, with their levels."""
    attempt: int = 1
    """How often the attendee has applied."""
    idea_id: str = ""
    organization_id: str = ""
    """The organization that asks to adopt the idea, or asked."""
    role: str = ""
    """As what the attendee was hired."""


@dataclass(frozen=True, slots=True)
class ScheduledMail:
    """One kind of mail about one event, to be written once it is due."""

    kind: MailKind
    cause: str
    """The event that causes it. With the kind, it makes the id, so scheduling it again changes nothing."""
    audience: Audience
    correlation_id: str
    due_at: datetime
    not_after: datetime
    """Until when it is worth sending."""
    details: MailDetails = field(default_factory=MailDetails)
    about: str = ""
    """The thread it belongs to, such as ``application/ID``; cancellations name it by this."""
    caused_by: str = ""
    """The person who set it off; "" if nobody did."""
    version: int = 0
    """The version of what it belongs to that caused it: mails of earlier ones are written first. 0: in any order."""
    after: str = ""
    """Of a large audience: everybody up to this id has been written to."""
    created_at: datetime | None = None
    """When it was stored; None before."""

    @property
    def id(self) -> str:
        return scheduled_mail_id(self.cause, self.kind.name)

    def follows(self, other: "OpenMail") -> bool:
        """Whether it is about a later version of the same thing, to the same people."""
        return (
            0 < other.version < self.version
            and (other.about, other.lane, other.group) == (self.about, self.kind.lane, self.audience.group)
            and not other.ids.isdisjoint(self.audience.ids)
        )


@dataclass(frozen=True, slots=True)
class OpenMail:
    """An open scheduled mail, as far as later ones wait for it."""

    id: str
    about: str
    lane: Lane
    group: AudienceGroup
    ids: frozenset[str]
    version: int


@dataclass(slots=True)
class ScheduleChanges:
    """What an event leads to: it cancels mails first, then schedules others."""

    cancellations: list[Cancellation] = field(default_factory=list)
    scheduled_mails: list[ScheduledMail] = field(default_factory=list)
    kept_causes: list[str] = field(default_factory=list)
    """Causes whose mails are not cancelled, besides those of the scheduled mails."""

    def cancelled(self) -> list[Cancellation]:
        """The cancellations, one for each thread. They keep what has a cause of the scheduled mails."""
        kinds: dict[str, dict[str, None]] = {}
        for cancellation in self.cancellations:
            kinds.setdefault(cancellation.about, {}).update(dict.fromkeys(cancellation.kinds))
        kept = tuple(dict.fromkeys([*(scheduled.cause for scheduled in self.scheduled_mails), *self.kept_causes]))
        return [Cancellation(about, tuple(each), kept) for about, each in kinds.items()]

    def remind(self, reminder: ScheduledMail, now: datetime) -> None:
        """Schedule a reminder. If it was due before, it is too late for a new one, but one that is on its way is kept."""
        if reminder.due_at > now:
            self.scheduled_mails.append(reminder)
        else:
            self.kept_causes.append(reminder.cause)


NEWS: Final = timedelta(hours=1)
"""A mail that is due within this time of its event tells that something happened; one that is due later reminds of something."""


def without_news(changes: ScheduleChanges, now: datetime) -> ScheduleChanges:
    """The changes by an event that tells again how something is: what happened was mailed when it did. Reminders stay."""
    return replace(changes, scheduled_mails=[one for one in changes.scheduled_mails if one.due_at > now + NEWS])


class GatheredChanges:
    """The schedule changes of several events as what to write: first all cancellations, then the new scheduled mails.

    What comes of it is the same as if the changes of each event were written in turn.
    """

    def __init__(self) -> None:
        self.cancellations: list[Cancellation] = []
        self._scheduled: dict[str, ScheduledMail] = {}
        self._ids_about: dict[str, list[str]] = {}

    @property
    def scheduled_mails(self) -> list[ScheduledMail]:
        return list(self._scheduled.values())

    def add(self, changes: ScheduleChanges, now: datetime) -> None:
        """Add the changes of the next event. It calls off what earlier ones would schedule, too."""
        for cancellation in changes.cancelled():
            self.cancellations.append(cancellation)
            for id in self._ids_about.get(cancellation.about, ()):
                one = self._scheduled.get(id)
                if one and cancellation.cancels(one.about, one.kind.name, one.cause):
                    del self._scheduled[id]
        for scheduled in changes.scheduled_mails:
            if scheduled.not_after > now and scheduled.id not in self._scheduled:
                self._scheduled[scheduled.id] = scheduled
                self._ids_about.setdefault(scheduled.about, []).append(scheduled.id)


@dataclass(frozen=True, slots=True)
class Trigger:
    """The event that schedules mails, as it is recorded in them."""

    about: str
    cause: str
    correlation_id: str
    now: datetime
    version: int = 0
    """See ``ScheduledMail.version``."""

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
        """A scheduled mail, due now by default. It is worth sending as long as its kind is, but not after ``until``."""
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
            self.version,
        )


def scheduled_mail_id(cause: str, kind: str) -> str:
    """The same cause and kind have the same id, so that scheduling one again changes nothing."""
    return f"{cause}|{kind}"


def date_in_cause(deadline: datetime) -> str:
    """A deadline as a part of a cause: the same one published again, in whatever zone, reminds nobody twice."""
    return f"{deadline.astimezone(UTC):%Y%m%dT%H%M%S}"


def one_person(id: str) -> Audience:
    """The person with this id."""
    return Audience("person", (id,))


def listing_host(listing_id: str) -> Audience:
    """The host of the listing."""
    return Audience("host", (listing_id,))
