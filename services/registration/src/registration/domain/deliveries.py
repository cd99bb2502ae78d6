"""Webhooks as they were delivered, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

State = Literal["waiting", "pending", "done", "ignored", "failed"]
"""A pending one waits for a conference or session that is not known yet; then it is waiting again."""

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
    """When it is to be tried; in hand, the end of the lease; at its end, when it is forgotten."""
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
    """Why it failed, was ignored or is tried again, or what it waits for."""
    claim: str = ""
    """Whose it is while it is in hand."""


def delivery_id(connection_id: str, key: str) -> str:
    """The id of what a connection's system delivers under this key: the same each time that it is delivered."""
    return sha256(f"{connection_id}\n{key}".encode()).hexdigest()[:32]


def pause(failures: int, first: timedelta, chance: float, asked: float | None = None) -> timedelta:
    """How long to wait after so many failures in a row: doubling up to an hour, the second half of it by chance (0 to 1).

    ``asked``: the seconds that the other side asked for; they are the least.
    """
    longest = min(first * 2.0 ** min(failures - 1, 30), LONGEST_PAUSE)
    return max(longest * (0.5 + chance / 2), min(timedelta(seconds=asked or 0), LONGEST_PAUSE))
