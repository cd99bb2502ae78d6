"""API keys: what they allow over HTTP, and the text in which a key is shown once."""

import hashlib
import hmac
import re
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, get_args

from registration.systems.connection import SYSTEMS

Scope = Literal["attendance", "conferences", "people", "connections", "keys", "me", "operator"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""Base62: a key stays one word wherever it is pasted."""
ID_LENGTH: Final = 12
SECRET_LENGTH: Final = 32
"""190 bits: nobody guesses it, so a plain hash of it is enough to keep."""
_TEXT: Final = re.compile(rf"odk_([0-9A-Za-z]{{{ID_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}})([0-9A-Za-z]{{6}})", re.ASCII)
# Scopes over all persons and conferences are not for keys of one conference.
_BOUND_SCOPES: Final = frozenset[Scope]({"attendance", "conferences", "connections", "keys"})
# Sources of the events that registration makes from connections and files. Nobody else may take those events back.
_OWN_SOURCE: Final = re.compile(rf"({'|'.join((*SYSTEMS, 'csv'))}):")


class Refused(Exception):
    """A request is not allowed. The reason is for the log and the caller, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key and what it allows. A key for one conference may act for that conference and source only."""

    id: str
    name: str
    scopes: frozenset[Scope]
    conference_id: str | None
    source: str | None
    attendee_id: str | None
    events_per_minute: int
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    digest: bytes = field(default=b"", repr=False)
    """The SHA-256 of the secret. If it is empty, no secret fits."""

    def opens_with(self, secret: str) -> bool:
        """Whether this is the key's secret, compared in constant time."""
        return hmac.compare_digest(self.digest, digest(secret))

    def ended(self, now: datetime) -> str:
        """Why it is no longer valid: "revoked" or "expired"; empty while it is valid."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= now else ""

    def check_scope(self, *scopes: Scope) -> None:
        """Raises ``Refused`` if the key has none of these scopes."""
        if self.scopes.isdisjoint(scopes):
            needed = " or ".join(map(repr, scopes))
            raise Refused(f"this needs a key with the scope {needed}; this one has: {', '.join(sorted(self.scopes))}")

    def check_conference(self, conference_id: str) -> None:
        """Raises ``Refused`` if the key is for another conference."""
        if self.conference_id not in (None, conference_id):
            raise Refused(f"this key is for the conference {self.conference_id!r} only")

    def check_event(self, source: str, conference_id: str | None) -> None:
        """Raises ``Refused`` if the key may not publish events of this source or conference.

        An event that takes another of the same source back names no conference: the source alone decides.
        """
        if self.source not in (None, source):
            raise Refused(f"this key publishes events with the source {self.source!r} only")
        if conference_id is not None:
            self.check_conference(conference_id)

    def faults(self) -> list[tuple[str, str]]:
        """What makes no sense: fields, each with what was expected."""
        faults = []
        if not self.scopes:
            faults.append(("scopes", f"name at least one of: {', '.join(SCOPES)}"))
        if self.expires_at and self.expires_at <= self.created_at:
            faults.append(("expires_at", "lies in the past"))
        if ("me" in self.scopes) != (self.attendee_id is not None):
            faults.append(("attendee_id", "goes with the scope 'me', and only with that: it says whose data the key opens"))
        if "me" in self.scopes and (len(self.scopes) > 1 or self.conference_id or self.source):
            faults.append(("scopes", "'me' goes with no other scope, conference or source"))
        if self.conference_id and not self.source:
            faults.append(("source", "is missing: a key bound to a conference publishes in the name of one source only"))
        if self.conference_id and (excess := self.scopes - _BOUND_SCOPES):
            faults.append(("scopes", f"not for a key bound to a conference: {', '.join(sorted(excess))}"))
        if self.source and _OWN_SOURCE.match(self.source):
            faults.append(("source", "begins like the sources of connections and files, which no key may publish for"))
        return faults

    @property
    def issuable(self) -> frozenset[Scope]:
        """The scopes of the keys that it may see, issue and revoke, if it has the scope ``keys``."""
        # Whoever may see and change everybody's data may let one person see and change their own.
        return self.scopes | ({"me"} if "people" in self.scopes else set())

    def excess(self, issuer: "Key") -> list[tuple[str, str]]:
        """What it allows beyond its issuer, including its lifetime and rate: fields, each with what was expected."""
        excess = self.beyond(issuer)
        if issuer.expires_at and (self.expires_at is None or self.expires_at > issuer.expires_at):
            excess.append(("expires_at", f"the key that gives this one expires at {issuer.expires_at.isoformat()}"))
        if self.events_per_minute > issuer.events_per_minute:
            excess.append(("events_per_minute", f"the key that gives this one has {issuer.events_per_minute:,}"))
        return excess

    def beyond(self, issuer: "Key") -> list[tuple[str, str]]:
        """What it allows beyond its issuer in scopes, conference and source: fields, each with what was expected."""
        excess = []
        if beyond := self.scopes - issuer.issuable:
            excess.append(("scopes", f"the key that gives this one has not got: {', '.join(sorted(beyond))}"))
        if issuer.conference_id not in (None, self.conference_id):
            excess.append(("conference_id", f"the key that gives this one is for {issuer.conference_id!r} only"))
        if issuer.source not in (None, self.source):
            excess.append(("source", f"the key that gives this one is for {issuer.source!r} only"))
        return excess


def digest(secret: str) -> bytes:
    """The hash of a secret, which is stored in its place."""
    return hashlib.sha256(secret.encode()).digest()


def text(id: str, secret: str) -> str:
    """The key as it is shown: ``odk_<id>_<secret><checksum>``. By its form, leaked keys can be searched for."""
    body = f"odk_{id}_{secret}"
    return body + _checksum(body)


def parse(key: str) -> tuple[str, str]:
    """The id and the secret of a key's text.

    Raises:
        Refused: it is none, or it was mistyped or cut off.
    """
    match = _TEXT.fullmatch(key)
    if match is None or _checksum(key[:-6]) != match[3]:
        raise Refused("this is not a key, or not all of it: one looks like odk_, 12 characters, _, 38 characters")
    return match[1], match[2]


def _checksum(body: str) -> str:
    """CRC-32 as six digits in base 62."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    return digits
