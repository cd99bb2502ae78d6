"""How an operator wants a connection to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from registration.systems.connection import System


@dataclass(frozen=True, slots=True)
class ConnectionConfig:
    """A connection to be made, or what one is to be changed to. A token or secret that is None stays as it is."""

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
