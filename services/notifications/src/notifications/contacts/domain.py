"""Contacts: who gets mails, which mails they want, and when their next digest is due. Pure."""

from collections.abc import Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from notifications.digest_times import DigestTimes, Frequency, next_window
from notifications.mail.content import Mailbox
from notifications.mail_kinds import KINDS, MailKind
from shared.contract.events.matching import Match

MAILED_KEPT: Final = 500
"""How many listings that an attendee was mailed about are remembered: many times the length of one list of matches."""

Stage = Literal["idle", "waiting", "pending"]
"""The stage of the digest. idle: nothing is new; waiting: the address or consent is missing; pending: it will be written."""


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
    """When they last agreed to mails in the product itself; None if only other systems say that they did."""
    merged_into: str | None = None
    """The attendee they were merged into, who gets the mails instead."""


@dataclass(frozen=True, slots=True)
class Post:
    """A role at a host organization. A ``contact`` gets the mails to the organization."""

    organization_id: str
    mentor: bool
    contact: bool


@dataclass(frozen=True, slots=True)
class StaffContact:
    """How to reach a member of the staff of host organizations."""

    version: int
    email: str
    name: str
    locale: str | None
    posts: tuple[Post, ...]
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chose themselves. It takes precedence over what other systems say."""

    digest: Frequency | None = None
    """None: they have not chosen."""
    off: frozenset[str] = frozenset()
    """The optional kinds that are switched off."""
    language: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Recommendations:
    """An attendee's latest list of matches."""

    version: int
    matches: list[Match]
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest says: the matches, the new ones first. ``new`` has the listings that no mail has mentioned yet."""

    version: int
    matches: list[Match]
    new: frozenset[str]
    correlation_id: str
    due_at: datetime


@dataclass(slots=True)
class Contact:
    """A person whom this service may mail: an attendee, a member of a host's staff, or both."""

    id: str
    attendee: AttendeeContact | None = None
    staff: StaffContact | None = None
    preferences: Preferences = field(default_factory=Preferences)
    unsubscribed_at: datetime | None = None
    """When they unsubscribed from all optional mails, if they did. The unsubscribe holds until they opt back in themselves: other
    systems repeat a consent that was given once."""
    welcomed: bool = False
    recommendations: Recommendations | None = None
    """Kept after the digest is written, as its matches are new again if the digest is suppressed."""
    digest_at: datetime | None = None
    """When the next digest is due, if it is wanted then; None if no match is new."""
    mailed: list[str] = field(default_factory=list)
    """The listings that mails have mentioned, the latest last."""

    @property
    def unsubscribed(self) -> bool:
        return self.unsubscribed_at is not None

    @property
    def merged_into(self) -> str | None:
        return self.attendee.merged_into if self.attendee else None

    @property
    def addresses(self) -> frozenset[str]:
        """All addresses with which the person can sign in."""
        return frozenset(known.email for known in (self.attendee, self.staff) if known)

    @property
    def person(self) -> str:
        """The id of the person who signs in with the address: the one they were merged into, or their own."""
        return self.merged_into or self.id

    @property
    def chooser(self) -> str:
        """The id of the contact whose preferences they change: the one they were merged into, unless they are also staff."""
        return self.merged_into if self.merged_into and self.staff is None else self.id

    @property
    def mailbox(self) -> Mailbox | None:
        """Where mails go; None if no address is known."""
        if known := self.attendee or self.staff:
            return Mailbox(known.email, known.name or (self.staff.name if self.staff else ""))
        return None

    @property
    def posts(self) -> tuple[Post, ...]:
        """What they do at host organizations."""
        return self.staff.posts if self.staff else ()

    @property
    def locale(self) -> str | None:
        known = [self.preferences.language, self.attendee and self.attendee.locale, self.staff and self.staff.locale]
        return next((locale for locale in known if locale), None)

    @property
    def time_zone(self) -> str | None:
        known = [self.preferences.time_zone, self.attendee and self.attendee.time_zone, self.staff and self.staff.time_zone]
        return next((zone for zone in known if zone), None)

    def wants(self, kind: MailKind) -> bool:
        """Whether a mail of this kind may be sent to this person, if an address is known."""
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
    def _may_get_digests(self) -> bool:
        return self.attendee is not None and self.attendee.mail_consent

    @property
    def stage(self) -> Stage:
        if self.digest_at is None or self.unsubscribed or "matches" in self.preferences.off:
            return "idle"
        return "pending" if self._may_get_digests else "waiting"

    @property
    def due_at(self) -> datetime | None:
        """When the next digest is due; None unless it is ``pending``."""
        return self.digest_at if self.stage == "pending" else None

    def update_attendee(self, contact: AttendeeContact, now: datetime, times: DigestTimes) -> bool:
        """Update the attendee's contact if the given one is newer. Returns whether it was.

        A digest that waited for the address or consent is now due in the next window, as in ``update_recommendations``.
        """
        if self.attendee and contact.version <= self.attendee.version:
            return False
        waited = self.due_at is None
        self.attendee = contact
        agreed_at = contact.mail_consent_at if contact.mail_consent else None
        if self.unsubscribed_at and agreed_at and agreed_at > self.unsubscribed_at:
            self.unsubscribed_at = None
        if waited and self.due_at is not None:
            self.digest_at = self._window(now, times)
        return True

    def update_staff(self, staff: StaffContact) -> bool:
        """Update the person's roles at host organizations if the given ones are newer. Returns whether they were."""
        if self.staff and staff.version <= self.staff.version:
            return False
        self.staff = staff
        return True

    def update_recommendations(
        self, version: int, matches: list[Match], correlation_id: str, now: datetime, times: DigestTimes
    ) -> bool:
        """Update the list of matches if the given one is newer. Returns whether it was.

        The first list with a new match sets the time of the digest: the next window of the person's choice, in their time zone,
        or else by ``times``. Later lists only replace the matches. If none of these is new, no digest is sent.
        """
        if self.recommendations and version <= self.recommendations.version:
            return False
        self.recommendations = Recommendations(version, matches, correlation_id)
        self.digest_at = (self.digest_at or self._window(now, times)) if self._new() else None
        return True

    def choose(self, preferences: Preferences, unsubscribed: bool, now: datetime, times: DigestTimes) -> None:
        """Set what the person wants. A waiting digest moves to the window of the new choice."""
        self.preferences = preferences
        if unsubscribed is not self.unsubscribed:
            self.unsubscribed_at = now if unsubscribed else None
        if self.digest_at is not None:
            self.digest_at = self._window(now, times)

    @property
    def refuses(self) -> bool:
        """Whether they refuse any mail."""
        return self.unsubscribed or bool(self.preferences.off)

    def adopt_refusals(self, other: "Contact") -> None:
        """Refuse also what ``other`` refused, who is the same person: the stricter of two choices counts."""
        self.unsubscribed_at = max(filter(None, (self.unsubscribed_at, other.unsubscribed_at)), default=None)
        self.preferences = replace(self.preferences, off=self.preferences.off | other.preferences.off)

    def _window(self, now: datetime, times: DigestTimes) -> datetime:
        return next_window(self.preferences.digest or times.frequency, now, times.gather, self.time_zone or times.zone)

    def forget_attendee(self) -> None:
        """Forget the attendee. Their refusals stay, so mails do not start again if they return."""
        self.attendee = None
        self.mailed, self.welcomed = [], False
        self.forget_recommendations()
        if self.staff is None:
            self.preferences = Preferences(off=self.preferences.off)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of them (any more), not even what they want."""
        known = self.attendee or self.staff or self.recommendations
        return not (known or self.unsubscribed) and self.preferences == Preferences()

    def forget_recommendations(self) -> None:
        """Forget the recommendations, which were erased. Later ones start again at version 1."""
        self.recommendations = self.digest_at = None

    @property
    def recommended(self) -> list[str]:
        """The listings in the latest list of matches, best first."""
        return [match.listing_id for match in self.recommendations.matches] if self.recommendations else []

    def take_digest(self, ruled_out: Set[str] = frozenset()) -> Digest | None:
        """The digest to write now; None if no match is new. It is returned once, whether a mail is written or not.

        ``ruled_out`` are listings that it does not mention.
        """
        due_at, self.digest_at = self.digest_at, None
        new, newest = self._new() - ruled_out, self.recommendations
        if due_at is None or newest is None or not new:
            return None
        # A stable sort: the best first in both groups
        suitable = [match for match in newest.matches if match.listing_id not in ruled_out]
        matches = sorted(suitable, key=lambda match: match.listing_id not in new)
        return Digest(newest.version, matches, frozenset(new), newest.correlation_id, due_at)

    def remember_mailed(self, digest: Digest) -> None:
        """A digest was written: its matches are not new any more."""
        self.remember_listings([match.listing_id for match in digest.matches])

    def remember_listings(self, listing_ids: list[str]) -> None:
        """These listings are not new any more."""
        self.mailed = ([id for id in self.mailed if id not in listing_ids] + listing_ids)[-MAILED_KEPT:]

    def forget_mailed(self, listing_ids: list[str], now: datetime) -> None:
        """A digest was suppressed: its listings are new again, for a digest as soon as one is allowed."""
        self.mailed = [id for id in self.mailed if id not in listing_ids]
        if self.digest_at is None and self._new():
            self.digest_at = now

    def _new(self) -> set[str]:
        return set(self.recommended) - set(self.mailed)


def digest_cause(digest: Digest) -> str:
    """The id of a digest's cause: the version of the recommendations, and the time.

    The time distinguishes a digest from a suppressed one of the same version, and from those before an erasure.
    """
    return f"recommendations@{digest.version}/{digest.due_at:%Y%m%dT%H%M%S.%f}"
