"""Connections: other systems whose attendance comes in by webhooks and polling."""

from base64 import b64decode, b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, get_args

System = Literal["pretix", "eventbrite", "hievents", "swapcard", "indico", "standard"]
SYSTEMS: Final[tuple[System, ...]] = get_args(System)
WITH_API: Final = frozenset[System]({"pretix", "eventbrite", "indico"})
"""Systems from whose API we fetch: their webhooks only name objects, or they send none."""
WITH_POLLING: Final = frozenset[System]({"pretix", "indico"})
WITHOUT_WEBHOOKS: Final = frozenset[System]({"indico"})
_OPTIONS: Final[dict[System, tuple[str, ...]]] = {"pretix": ("organizer", "event"), "indico": ("event", "form")}
"""The options that each system needs."""
MIN_SECRET_LENGTH: Final = 16
STANDARD_PREFIX: Final = "whsec_"


@dataclass(frozen=True, slots=True)
class Secret:
    """The secret by which a webhook is recognised. It is encrypted rather than hashed, because signatures are made with it."""

    encrypted: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """One system, at one conference."""

    id: str
    version: int
    system: System
    conference_id: str
    api_url: str | None
    """The base URL of the system's API. Nothing is fetched from elsewhere."""
    api_token: bytes | None = field(repr=False)
    """Encrypted."""
    secrets: tuple[Secret, ...]
    """The newest first. Older ones are valid until they expire."""
    options: dict[str, str]
    """What else identifies the event in the system: its organizer, event, form, …"""
    sessions: dict[str, str]
    """The conference's session ids, by the system's ids of lists or sessions. An unmapped list is the entrance."""
    own_addresses: bool
    """Whether all attendees gave their own addresses, rather than the buyer giving one for all."""
    events_per_minute: int
    disabled: bool
    poll_minutes: int | None
    """Minutes from the end of one poll to the next; None if the system is not polled."""
    created_at: datetime

    @property
    def source(self) -> str:
        """The source of the events that come by this connection."""
        return f"{self.system}:{self.id}"

    def valid_secrets(self, now: datetime) -> list[Secret]:
        """The secrets by which a webhook may be signed now, the newest first."""
        return [secret for secret in self.secrets if secret.expires_at is None or secret.expires_at > now]

    def faults(self) -> list[tuple[str, str]]:
        """The fields that are missing or make no sense, each with what was expected."""
        faults = []
        if self.system in WITH_API:
            faults += [
                (field, f"is missing; attendance is fetched from the API of {self.system}")
                for field, value in (("api_url", self.api_url), ("api_token", self.api_token))
                if not value
            ]
        for option in _OPTIONS.get(self.system, ()):
            if option not in self.options:
                faults.append((f"options.{option}", f"is missing: the {option} in {self.system}'s addresses"))
        if self.poll_minutes is not None and self.system not in WITH_POLLING:
            faults.append(("poll_minutes", f"is only for {', '.join(sorted(WITH_POLLING))}; {self.system} is not polled"))
        return faults


def secret_of(system: System, randomness: bytes) -> str:
    """A webhook secret in the form that the system accepts, made from these random bytes."""
    if system == "standard":
        return STANDARD_PREFIX + b64encode(randomness).decode()
    # It becomes part of URLs, too: https://any:<secret>@..., ?key=<secret>
    return urlsafe_b64encode(randomness).decode().rstrip("=")


def secret_fault(system: System, secret: str) -> str:
    """Why this cannot be a secret of the system; empty if it can be."""
    if system == "standard":
        try:
            size = len(b64decode(secret.removeprefix(STANDARD_PREFIX), validate=True))
        except ValueError:
            size = 0
        if not 24 <= size <= 64:
            return "must be whsec_ and 24 to 64 bytes in Base64 (Standard Webhooks), or leave it out to have one generated"
    return "" if len(secret) >= MIN_SECRET_LENGTH else f"must have {MIN_SECRET_LENGTH} characters or more"
