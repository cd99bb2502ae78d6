"""Types and rules of notifications: when an attendee is told, and of what. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from shared.events.matching import Match

MAILED_KEPT: Final = 500
"""How many of the listings that an attendee was mailed about are remembered: many times what one list holds."""

LONGEST_PAUSE: Final = timedelta(hours=1)

State = Literal["queued", "claimed", "sending", "sent", "failed", "unknown", "cancelled"]
"""Of a message. "unknown": cut off when the server may already have had it, so it is not repeated."""

Stage = Literal["idle", "waiting", "pending"]
"""Of an attendee: there is nothing to tell; there is, but the contact or consent is missing; a mail will be composed."""


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach an attendee, and whether that is allowed."""

    version: int
    email: str
    name: str | None
    locale: str | None
    mail_consent: bool


@dataclass(frozen=True, slots=True)
class Pending:
    """The newest list of matches that an attendee is to be told of, and when."""

    version: int
    matches: list[Match]
    correlation_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What a mail is to say: the matches, those first (and named in ``new``) that the attendee was not yet told of."""

    version: int
    matches: list[Match]
    new: frozenset[str]
    correlation_id: str


@dataclass(slots=True)
class Attendee:
    """What this service knows of an attendee."""

    id: str
    contact: Contact | None = None
    unsubscribed: bool = False
    """The attendee's own word to this service; it wins over any consent."""
    recommendations_version: int = 0
    pending: Pending | None = None
    mailed: list[str] = field(default_factory=list)
    """The listings mailed about, the latest last."""

    @property
    def may_be_mailed(self) -> bool:
        return self.contact is not None and self.contact.mail_consent and not self.unsubscribed

    @property
    def stage(self) -> Stage:
        if self.pending is None or self.unsubscribed:
            return "idle"
        return "pending" if self.may_be_mailed else "waiting"

    @property
    def due_at(self) -> datetime | None:
        """When the next mail is due; None unless it is ``pending``."""
        return self.pending.due_at if self.pending and self.stage == "pending" else None

    def learn(self, contact: Contact) -> bool:
        """Take over the contact if it is newer than what is known. Returns whether it was."""
        if self.contact and contact.version <= self.contact.version:
            return False
        self.contact = contact
        return True

    def recommend(self, version: int, matches: list[Match], correlation_id: str, now: datetime, gather: timedelta) -> bool:
        """Take over the list of matches if it is newer than what is known. Returns whether it was.

        The first list with something new sets the time of the mail; later lists only replace it, and where nothing new
        is left, there will be no mail.
        """
        if version <= self.recommendations_version:
            return False
        self.recommendations_version = version
        due_at = self.pending.due_at if self.pending else now + gather
        self.pending = Pending(version, matches, correlation_id, due_at) if self._new(matches) else None
        return True

    def draft(self) -> Draft | None:
        """What to mail now, which counts as mailed from here on. None where nothing new is left to tell."""
        pending, self.pending = self.pending, None
        new = self._new(pending.matches) if pending else set()
        if pending is None or not new:
            return None
        matches = sorted(pending.matches, key=lambda match: match.listing_id not in new)  # stable: best first among each
        told = [match.listing_id for match in matches]
        self.mailed = ([id for id in self.mailed if id not in told] + told)[-MAILED_KEPT:]
        return Draft(pending.version, matches, frozenset(new), pending.correlation_id)

    def forget_mailed(self, listing_ids: list[str]) -> None:
        """A mail was cancelled: what it would have told is news again."""
        self.mailed = [id for id in self.mailed if id not in listing_ids]

    def _new(self, matches: list[Match]) -> set[str]:
        return {match.listing_id for match in matches} - set(self.mailed)


@dataclass(frozen=True, slots=True)
class Content:
    """A mail as it is read."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one attendee about one event. Its address is looked up when it is sent: the newest counts."""

    id: str
    attendee_id: str
    correlation_id: str
    listing_ids: list[str]
    """Those that the mail tells of for the first time."""
    content: Content
    created_at: datetime
    deferrals: int = 0
    """How often the server asked to come back later with it."""
    claim: str = ""
    """The mark of the claim under which it is being sent."""


def message_id(attendee_id: str, version: int) -> str:
    """The one id of the mail that tells this attendee of this version of the recommendations."""
    return f"{attendee_id}|recommendations|{version}"


def pause(deferrals: int, first: timedelta, jitter: float) -> timedelta:
    """How long to wait after so many deferrals: doubling, up to an hour, up to a fifth more or less.

    ``jitter`` is a random number from 0 to 1, so that mails deferred together are not tried together.
    """
    return doubling(first, deferrals, LONGEST_PAUSE) * (0.8 + 0.4 * jitter)


def doubling(first: timedelta, times: int, longest: timedelta) -> timedelta:
    """``first`` for the first time, then twice as long each time, up to ``longest``."""
    factor: int = 2 ** min(times - 1, 30)
    return min(first * factor, longest)
