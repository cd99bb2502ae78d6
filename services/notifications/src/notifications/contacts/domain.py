"""Contacts: who is mailed, which mails they want, and when their digest of matches is due. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from notifications.mail.content import Mailbox
from notifications.mail_kinds import KINDS, MailKind
from notifications.windows import Frequency, next_window
from shared.contract.events.matching import Match

MAILED_KEPT: Final = 500
"""How many of the listings that an attendee was mailed about are kept: many times what one list holds."""

Stage = Literal["idle", "waiting", "pending"]
"""Of a digest: nothing is new; something is, but the address or consent is missing; a mail will be written."""


@dataclass(frozen=True, slots=True)
class AttendeeContact:
    """How to reach an attendee, and whether they agreed to mails."""

    version: int
    email: str
    name: str | None
    locale: str | None
    mail_consent: bool
    time_zone: str | None = None
    mail_consent_at: datetime | None = None
    """When they last agreed to mails in the product itself; None where only other systems say that they did."""
    merged_into: str | None = None
    """Who they turned out to be, and who is mailed instead."""


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody is at a host organization. A ``contact`` gets the organization's own mails."""

    organization_id: str
    mentor: bool
    contact: bool


@dataclass(frozen=True, slots=True)
class StaffContact:
    """How to reach one of the staff of host organizations."""

    version: int
    email: str
    name: str
    locale: str | None
    posts: tuple[Post, ...]
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody chose to get, and how. Their own words: they win over what other systems say."""

    digest: Frequency = "instant"
    off: frozenset[str] = frozenset()
    """The optional kinds that were switched off."""
    language: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Recommendations:
    """An attendee's newest list of matches."""

    version: int
    matches: list[Match]
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest is to say: the matches, those first (and named in ``new``) that the attendee was not yet told of."""

    version: int
    matches: list[Match]
    new: frozenset[str]
    correlation_id: str
    due_at: datetime


@dataclass(slots=True)
class Contact:
    """What this service knows of somebody it may mail: an attendee, one of a host's staff, or both."""

    id: str
    attendee: AttendeeContact | None = None
    staff: StaffContact | None = None
    preferences: Preferences = field(default_factory=Preferences)
    unsubscribed_at: datetime | None = None
    """When they said that they want no optional mail at all, if they did. Only a later word of their own ends that: what other
    systems say that they agreed to was ticked once, and is said again and again."""
    welcomed: bool = False
    recommendations: Recommendations | None = None
    """Kept when a mail was written, too: were that cancelled, it would be told later."""
    digest_at: datetime | None = None
    """When a digest of what is new in the recommendations is due, if it is wanted then; None where nothing is new."""
    mailed: list[str] = field(default_factory=list)
    """The listings mailed about, the latest last."""

    @property
    def unsubscribed(self) -> bool:
        return self.unsubscribed_at is not None

    @property
    def merged_into(self) -> str | None:
        return self.attendee.merged_into if self.attendee else None

    @property
    def chooser(self) -> str:
        """The id of whose preferences they choose: of whoever they turned out to be, unless they are a host's, too."""
        return self.merged_into if self.merged_into and self.staff is None else self.id

    @property
    def mailbox(self) -> Mailbox | None:
        """Where mails go; None where no address is known."""
        if known := self.attendee or self.staff:
            return Mailbox(known.email, known.name or (self.staff.name if self.staff else ""))
        return None

    @property
    def locale(self) -> str | None:
        known = [self.preferences.language, self.attendee and self.attendee.locale, self.staff and self.staff.locale]
        return next((locale for locale in known if locale), None)

    @property
    def time_zone(self) -> str | None:
        known = [self.preferences.time_zone, self.attendee and self.attendee.time_zone, self.staff and self.staff.time_zone]
        return next((zone for zone in known if zone), None)

    def wants(self, kind: MailKind) -> bool:
        """Whether a mail of this kind may be sent to this person, if there is an address."""
        if kind.role != "attendee" and self.staff is None:
            return False
        if not kind.optional:
            return True
        if self.unsubscribed or kind.name in self.preferences.off:
            return False
        return kind.role != "attendee" or (self.attendee is not None and self.attendee.mail_consent)

    @property
    def unwanted(self) -> frozenset[str]:
        """The kinds that may not be sent to this person."""
        return frozenset(name for name, kind in KINDS.items() if not self.wants(kind))

    # The digest of matches

    @property
    def _may_be_told(self) -> bool:
        return self.attendee is not None and self.attendee.mail_consent

    @property
    def stage(self) -> Stage:
        if self.digest_at is None or self.unsubscribed or "matches" in self.preferences.off:
            return "idle"
        return "pending" if self._may_be_told else "waiting"

    @property
    def due_at(self) -> datetime | None:
        """When the next digest is due; None unless it is ``pending``."""
        return self.digest_at if self.stage == "pending" else None

    def update_attendee(self, contact: AttendeeContact, now: datetime, gather: timedelta, zone: str) -> bool:
        """Take over the contact if it is newer than what is known. Returns whether it was.

        A digest that waited for it, or for consent, is due in the next window, as in ``update_recommendations``.
        """
        if self.attendee and contact.version <= self.attendee.version:
            return False
        waited = self.due_at is None
        self.attendee = contact
        agreed_at = contact.mail_consent_at if contact.mail_consent else None
        if self.unsubscribed_at and agreed_at and agreed_at > self.unsubscribed_at:
            self.unsubscribed_at = None
        if waited and self.due_at is not None:
            self.digest_at = self._window(now, gather, zone)
        return True

    def update_staff(self, staff: StaffContact) -> bool:
        """Take over what the person is at host organizations, if it is newer than what is known. Returns whether it was."""
        if self.staff and staff.version <= self.staff.version:
            return False
        self.staff = staff
        return True

    def update_recommendations(
        self, version: int, matches: list[Match], correlation_id: str, now: datetime, gather: timedelta, zone: str
    ) -> bool:
        """Take over the list of matches if it is newer than what is known. Returns whether it was.

        The first list with something new sets the time of the digest, the next window of the person's choice in their time
        zone, else in ``zone``; later lists only replace it, and where nothing new is left, there will be none.
        """
        if self.recommendations and version <= self.recommendations.version:
            return False
        self.recommendations = Recommendations(version, matches, correlation_id)
        self.digest_at = (self.digest_at or self._window(now, gather, zone)) if self._new() else None
        return True

    def choose(self, preferences: Preferences, unsubscribed: bool, now: datetime, gather: timedelta, zone: str) -> None:
        """Take over what the person wants to get. What waits to be told is told when they want it now."""
        self.preferences = preferences
        if unsubscribed is not self.unsubscribed:
            self.unsubscribed_at = now if unsubscribed else None
        if self.digest_at is not None:
            self.digest_at = self._window(now, gather, zone)

    @property
    def refuses(self) -> bool:
        """Whether there is any mail that they do not want."""
        return self.unsubscribed or bool(self.preferences.off)

    def adopt_refusals(self, other: "Contact") -> None:
        """Refuse what that one refused, who is the same person: of two words the stricter counts."""
        self.unsubscribed_at = max(filter(None, (self.unsubscribed_at, other.unsubscribed_at)), default=None)
        self.preferences = replace(self.preferences, off=self.preferences.off | other.preferences.off)

    def _window(self, now: datetime, gather: timedelta, zone: str) -> datetime:
        return next_window(self.preferences.digest, now, gather, self.time_zone or zone)

    def forget_attendee(self) -> None:
        """What is known of them as an attendee was erased. What they refused stays, lest mails begin again when they return."""
        self.attendee = None
        self.mailed, self.welcomed = [], False
        self.forget_recommendations()
        if self.staff is None:
            self.preferences = Preferences(off=self.preferences.off)

    @property
    def is_empty(self) -> bool:
        """Nothing is known of them (any more), not even what they want."""
        known = self.attendee or self.staff or self.recommendations
        return not (known or self.unsubscribed) and self.preferences == Preferences()

    def forget_recommendations(self) -> None:
        """They were erased. If some come again, their versions start from 1 again."""
        self.recommendations = self.digest_at = None

    def take_digest(self) -> Digest | None:
        """What to mail now, once: whether a mail comes of it or not. None where nothing new is left to tell."""
        due_at, self.digest_at = self.digest_at, None
        new, newest = self._new(), self.recommendations
        if due_at is None or newest is None or not new:
            return None
        matches = sorted(newest.matches, key=lambda match: match.listing_id not in new)  # stable: best first among each
        return Digest(newest.version, matches, frozenset(new), newest.correlation_id, due_at)

    def remember_mailed(self, digest: Digest) -> None:
        """A mail was written: what it tells is not new any more."""
        told = [match.listing_id for match in digest.matches]
        self.mailed = ([id for id in self.mailed if id not in told] + told)[-MAILED_KEPT:]

    def forget_mailed(self, listing_ids: list[str], now: datetime) -> None:
        """A mail was cancelled: what it would have told is news again, to be told as soon as that is allowed."""
        self.mailed = [id for id in self.mailed if id not in listing_ids]
        if self.digest_at is None and self._new():
            self.digest_at = now

    def _new(self) -> set[str]:
        matches = self.recommendations.matches if self.recommendations else []
        return {match.listing_id for match in matches} - set(self.mailed)


def digest_cause(digest: Digest) -> str:
    """What a digest is about, as the event that causes it: this version of the recommendations, at that time.

    The time tells apart a mail from a cancelled one of the same version, and from those before the attendee was erased.
    """
    return f"recommendations@{digest.version}/{digest.due_at:%Y%m%dT%H%M%S.%f}"
