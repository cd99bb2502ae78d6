"""API keys: what they allow over HTTP, and the text in which a key is shown once."""

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from shared.web.access.scopes import Scope

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""Base62: a key stays one word wherever it is pasted."""
ID_LENGTH: Final = 12
SECRET_LENGTH: Final = 32
"""190 bits: nobody guesses it, so a plain hash of it is enough to keep."""
_TEXT: Final = re.compile(rf"odk_([0-9A-Za-z]{{{ID_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}})([0-9A-Za-z]{{6}})", re.ASCII)


class Refused(Exception):
    """A request is not allowed. The reason is for the log and the caller, and holds no secret."""


class KeyEnded(Refused):
    """The key is known, its secret is right, and it is no longer valid."""

    def __init__(self, key: "ApiKey", reason: str) -> None:
        super().__init__(f"this key is {reason}; use a valid one")
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key and what it allows, as every service knows it.

    A key that is bound to a conference or an organization may act for that one only.
    """

    id: str
    scopes: frozenset[Scope]
    conference_id: str | None = None
    organization_id: str | None = None
    source: str | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    """Kept by registration only, to within a minute."""
    digest: bytes = field(default=b"", repr=False)
    """The SHA-256 of the secret. If it is empty, no secret fits."""
    version: int = 1

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
            has = ", ".join(sorted(self.scopes)) or "none that this service knows"
            raise Refused(f"this needs a key with the scope {needed}; this one has: {has}")

    @property
    def conference_ids(self) -> frozenset[str] | None:
        """The conference that it is bound to; None: all."""
        return None if self.conference_id is None else frozenset({self.conference_id})

    @property
    def organization_ids(self) -> frozenset[str] | None:
        """The organization that it is bound to; None: all."""
        return None if self.organization_id is None else frozenset({self.organization_id})

    @property
    def attendee_ids(self) -> frozenset[str] | None:
        """The attendee whose own key it is; None: all. Only registration knows such keys."""
        return None

    def check_conference(self, conference_id: str | None, /) -> None:
        """Raises ``Refused`` if the key is for another conference. None is what belongs to no conference."""
        if self.conference_id not in (None, conference_id):
            raise Refused(f"this key is for the conference {self.conference_id!r} only")

    def check_organization(self, organization_id: str | None, /) -> None:
        """Raises ``Refused`` if the key is for another organization. None is what belongs to no organization."""
        if self.organization_id not in (None, organization_id):
            raise Refused(f"this key is for the organization {self.organization_id!r} only")

    def check_attendee(self, attendee_id: str | None, /) -> None:
        """Raises ``Refused`` if it is another attendee's own key. None is what belongs to no attendee."""
        if self.attendee_ids is not None and attendee_id not in self.attendee_ids:
            raise Refused("this key is for its owner's own data only")

    def check_owner(
        self, *, conference_id: str | None = None, organization_id: str | None = None, attendee_id: str | None = None
    ) -> None:
        """Raises ``Refused`` unless what belongs to these fits everything that the key is bound to."""
        self.check_conference(conference_id)
        self.check_organization(organization_id)
        self.check_attendee(attendee_id)

    def check_event(self, source: str, conference_id: str | None) -> None:
        """Raises ``Refused`` if the key may not publish events of this source or conference.

        An event that takes another of the same source back names no conference: the source alone decides.
        """
        if self.source not in (None, source):
            raise Refused(f"this key may publish events with the source {self.source!r} only")
        if conference_id is not None:
            self.check_conference(conference_id)


def generate() -> tuple[str, str]:
    """A new id and a new secret, at random."""
    return _random(ID_LENGTH), _random(SECRET_LENGTH)


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
        raise Refused("this is not a complete API key: one looks like odk_, 12 characters, _, 38 characters")
    return match[1], match[2]


def _checksum(body: str) -> str:
    """CRC-32 as six digits in base 62."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    return digits


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
