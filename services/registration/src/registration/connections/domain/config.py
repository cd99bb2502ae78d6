"""How an operator configures a connection."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from registration.systems.connection import System


@dataclass(frozen=True, slots=True)
class ConnectionConfig:
    """The configuration of a new or changed connection. A token or secret that is None stays as it is."""

    system: System
    conference_id: str
    api_url: str | None
    api_token: str | None = field(repr=False)
    secret: str | None = field(repr=False)
    options: Mapping[str, str]
    sessions: Mapping[str, str]
    own_addresses: bool
    events_per_minute: int
    poll_minutes: int | None
