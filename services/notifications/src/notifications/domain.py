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
class Recommendations:
    """An attendee's newest list of matches."""

    version: int
    matches: list[Match]
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a mail is to say: the matches, those first (and named in ``new``) that the attendee was not yet told of."""

    version: int
    matches: list[Match]
    new: frozenset[str]
    correlation_id: str
    due_at: datetime


@dataclass(slots=True)
class Attendee:
    """What this service knows of an attendee."""

    id: str
    contact: Contact | None = None
    unsubscribed: bool = False
    """The attendee's own word to this service; it wins over any consent."""
    recommendations: Recommendations | None = None
    """Kept when a mail was written, too: were that cancelled, it would be told later."""
    tell_at: datetime | None = None
    """When to tell of what is new in the recommendations, if that is allowed then; None where nothing is to be told."""
    mailed: list[str] = field(default_factory=list)
    """The listings mailed about, the latest last."""

    @property
    def may_be_mailed(self) -> bool:
        return self.contact is not None and self.contact.mail_consent and not self.unsubscribed

    @property
    def stage(self) -> Stage:
        if self.tell_at is None or self.unsubscribed:
            return "idle"
        return "pending" if self.may_be_mailed else "waiting"

    @property
    def due_at(self) -> datetime | None:
        """When the next mail is due; None unless it is ``pending``."""
        return self.tell_at if self.stage == "pending" else None

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
        if self.recommendations and version <= self.recommendations.version:
            return False
        self.recommendations = Recommendations(version, matches, correlation_id)
        self.tell_at = (self.tell_at or now + gather) if self._new() else None
        return True

    def forget_recommendations(self) -> None:
        """They were erased. If some come again, their versions start from 1 again."""
        self.recommendations = self.tell_at = None

    def draft(self) -> Draft | None:
        """What to mail now, once: whether a mail comes of it or not. None where nothing new is left to tell."""
        due_at, self.tell_at = self.tell_at, None
        new, newest = self._new(), self.recommendations
        if due_at is None or newest is None or not new:
            return None
        matches = sorted(newest.matches, key=lambda match: match.listing_id not in new)  # stable: best first among each
        return Draft(newest.version, matches, frozenset(new), newest.correlation_id, due_at)

    def remember_mailed(self, draft: Draft) -> None:
        """A mail was written: what it tells is not new any more."""
        told = [match.listing_id for match in draft.matches]
        self.mailed = ([id for id in self.mailed if id not in told] + told)[-MAILED_KEPT:]

    def forget_mailed(self, listing_ids: list[str], now: datetime) -> None:
        """A mail was cancelled: what it would have told is news again, to be told as soon as that is allowed."""
        self.mailed = [id for id in self.mailed if id not in listing_ids]
        if self.tell_at is None and self._new():
            self.tell_at = now

    def _new(self) -> set[str]:
        matches = self.recommendations.matches if self.recommendations else []
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


def message_id(attendee_id: str, draft: Draft) -> str:
    """The one id of the mail that tells this attendee of this version of the recommendations at that time.

    The time tells apart a mail from a cancelled one of the same version, and from those before the attendee was erased.
    """
    return f"{attendee_id}|recommendations|{draft.version}|{draft.due_at:%Y%m%dT%H%M%S.%f}"


def pause(deferrals: int, first: timedelta, jitter: float) -> timedelta:
    """How long to wait after so many deferrals: doubling, up to an hour, up to a fifth more or less.

    ``jitter`` is a random number from 0 to 1, so that mails deferred together are not tried together.
    """
    return doubling(first, deferrals, LONGEST_PAUSE) * (0.8 + 0.4 * jitter)


def doubling(first: timedelta, times: int, longest: timedelta) -> timedelta:
    """``first`` for the first time, then twice as long each time, up to ``longest``."""
    factor: int = 2 ** min(times - 1, 30)
    return min(first * factor, longest)
