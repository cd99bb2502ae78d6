"""Passkeys, and the challenges that a passkey signs. Pure."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from shared.urls import web_address

MOST_PASSKEYS: Final = 10
"""How many passkeys a person may have."""
VALID: Final = timedelta(minutes=5)
"""How long a challenge is valid."""
LONGEST_NAME: Final = 60
"""The most characters of a passkey's name."""
LONGEST_ID: Final = 1023
"""The most bytes of a credential id (WebAuthn, 7.1)."""

Purpose = Literal["sign_in", "add"]
"""What a challenge is for."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who a passkey is for, as browsers see it: they use a passkey on the pages of its site alone."""

    id: str
    """The host of PUBLIC_URL."""
    origin: str
    """Scheme, host and port of PUBLIC_URL, as browsers write them."""

    @property
    def is_named(self) -> bool:
        """Whether there can be passkeys: browsers have none for an IP address."""
        try:
            ip_address(self.id)
        except ValueError:
            return True
        return False


def relying_party(public_url: str) -> RelyingParty:
    """The relying party of the pages at this address."""
    address = web_address(public_url)
    return RelyingParty(address.host, f"{address.scheme}://{urlsplit(address.href).netloc}")


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey (WebAuthn: a discoverable credential) of a person. The secret half never leaves their device."""

    id: str
    """The credential id, in URL-safe Base64."""
    person_id: str
    also: tuple[str, ...]
    """The person's other ids. Like ``operator``, these are of the session that added it: a passkey opens nothing more."""
    operator: bool
    user_handle: bytes
    """By this, the person's device knows whose passkey it is. Random; all passkeys of a person have the same."""
    public_key: bytes
    """As a COSE key (RFC 9052)."""
    sign_count: int
    """How often it had signed; 0 if its device does not count."""
    may_be_copied: bool
    """Whether its owner may have it on several devices. That never changes (WebAuthn: backup eligibility)."""
    name: str
    added_at: datetime
    used_at: datetime | None = None
    """When it last signed somebody in."""
    doubted_at: datetime | None = None
    """When it last signed with a count that it had passed, see ``count_fell``."""

    @property
    def person_ids(self) -> tuple[str, ...]:
        """All ids of the person, the first of them as in ``person_id``."""
        return (self.person_id, *self.also)

    def count_fell(self, count: int) -> bool:
        """Whether this count, of a valid signature, is not above the last one: there may be two copies (WebAuthn, 6.1.1).

        A device that does not count always says 0.
        """
        return (count > 0 or self.sign_count > 0) and count <= self.sign_count


@dataclass(frozen=True, slots=True)
class Challenge:
    """Random bytes for a passkey to sign, once and in the browser that asked for them."""

    value: bytes
    purpose: Purpose
    expires_at: datetime
    session_id: str = ""
    """The session that adds a passkey; "" for signing in."""
    user_handle: bytes = b""
    """Of the person who adds a passkey."""


def new_challenge(purpose: Purpose, now: datetime, session_id: str = "", user_handle: bytes = b"") -> Challenge:
    """A new challenge: 256 random bits."""
    return Challenge(secrets.token_bytes(32), purpose, now + VALID, session_id, user_handle)


def new_ticket() -> str:
    """A random secret of 256 bits, for the cookie of the browser that asked for a challenge."""
    return secrets.token_urlsafe(32)


def ticket_digest(ticket: str) -> str:
    """What is stored of such a cookie."""
    return sha256(b"passkey\0" + ticket.encode(errors="replace")).hexdigest()


def new_user_handle() -> bytes:
    """A random user handle. It says nothing about the person (WebAuthn, 14.6.1)."""
    return secrets.token_bytes(32)


def tidy_name(text: str) -> str:
    """The name of a passkey as it is kept: one line of printable characters; "" if there is none."""
    words = "".join(character if character.isprintable() else " " for character in text).split()
    return " ".join(words)[:LONGEST_NAME].strip()
