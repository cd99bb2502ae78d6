"""Connections: other systems whose attendance comes in by webhooks and polling."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, get_args

System = Literal["pretix", "eventbrite", "hievents", "swapcard", "indico", "standard"]
SYSTEMS: Final[tuple[System, ...]] = get_args(System)


@dataclass(frozen=True, slots=True)
class Secret:
    """What a system proves by that a webhook is its own. Encrypted, as signatures are made of it in clear."""

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
    """Where the system's API begins; nothing is fetched from elsewhere."""
    api_token: bytes | None = field(repr=False)
    """Encrypted."""
    secrets: tuple[Secret, ...]
    """The newest first; older ones are valid until they expire."""
    options: dict[str, str]
    """What else the system needs to be told: the organizer, event, form, ..."""
    sessions: dict[str, str]
    """The system's ids of lists or sessions -> the conference's ids of sessions. One that is not listed is the entrance."""
    own_addresses: bool
    """Whether every attendee gave an address of their own, rather than the buyer for all."""
    events_per_minute: int
    disabled: bool
    poll_minutes: int | None
    """How long after one poll the next begins; None where nothing is polled."""
    created_at: datetime

    @property
    def source(self) -> str:
        """The source of the events made of what it tells."""
        return f"{self.system}:{self.id}"

    def valid_secrets(self, now: datetime) -> list[Secret]:
        """The secrets by which a webhook may be signed now, the newest first."""
        return [secret for secret in self.secrets if secret.expires_at is None or secret.expires_at > now]
