"""Webhooks as they were delivered, and what became of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

from registration.systems.connection import SYSTEMS
from shared.backoff import Backoff
from shared.contract.envelope import Record

_OF_CONNECTION: Final = re.compile(rf"(?:{'|'.join(SYSTEMS)}):([^/]+)")
ID_PATTERN: Final = "[0-9a-f]{32}"
_ID: Final = re.compile(ID_PATTERN.encode())

State = Literal["waiting", "pending", "done", "ignored", "conflict", "rejected", "failed"]
"""A pending one waits for a conference or session that is not known yet; then it is waiting again. A failed one could not be
processed, and can be tried again. What a ``conflict`` or ``rejected`` one led to was not recorded, and is a dead letter."""
PROCESSED: Final[tuple[State, ...]] = ("done", "ignored", "conflict", "rejected")
"""There is nothing more to do for these."""

KEPT_FOR: Final = timedelta(days=30)
"""How long a delivery is known after its end: so long a repeat is recognised, and a failed one can be tried again."""
LONGEST_PAUSE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook. It keeps its body until it is done with."""

    id: str
    connection_id: str
    state: State
    received_at: datetime
    due_at: datetime
    """When to try it; while it is processed, the end of the lease; once it has ended, when it is deleted."""
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    """The bytes of its body."""
    content: str = ""
    """Tells its body from any other; empty where an earlier version kept it."""
    sent: int = 0
    """When its latest attempt says that it was made, in Unix seconds, where it says so."""
    attempts: int = 0
    reason: str = ""
    """Why it is in this state, or is tried again."""
    claim: str = ""
    """Who processes it."""
    event: str = ""
    """The id of the fact that its rejected event would have stated."""
    digest: bytes = b""
    """Of that event's content."""


def delivery_id(connection_id: str, key: str) -> str:
    """The id of what a connection's system delivers under this key: the same each time that it is delivered."""
    return sha256(f"{connection_id}\n{key}".encode()).hexdigest()[:32]


def cause_of(source: str, record: Record) -> tuple[str, str] | None:
    """The ids of the connection and the delivery that an event of this source may have come by; None where it did not.

    What deliveries lead to has their id as its correlation id. An event may claim one that it did not come by.
    """
    connection_id = _OF_CONNECTION.match(source)
    if connection_id is None:
        return None
    correlation = next((value for name, value in record.headers if name == "ce_correlationid" and value), b"")
    return (connection_id[1], correlation.decode()) if _ID.fullmatch(correlation) else None


def pause(failures: int, first: timedelta, chance: float, asked: float | None = None) -> timedelta:
    """How long to wait after so many failures in a row: doubling up to an hour, the second half of it by chance (0 to 1).

    ``asked``: the seconds that the other side asked for; they are the least.
    """
    own = Backoff(first, LONGEST_PAUSE, jitter=0.5).pause(failures, chance)
    return max(own, min(timedelta(seconds=asked or 0), LONGEST_PAUSE))
