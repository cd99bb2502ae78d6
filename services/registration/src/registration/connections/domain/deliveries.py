"""Deliveries: webhooks as received, and their outcomes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

from registration.systems.connection import SYSTEMS
from shared.contract.envelope import Record

_OF_CONNECTION: Final = re.compile(rf"(?:{'|'.join(SYSTEMS)}):([^/]+)")
ID_PATTERN: Final = "[0-9a-f]{32}"
_ID: Final = re.compile(ID_PATTERN.encode())

State = Literal["waiting", "pending", "done", "ignored", "conflict", "rejected", "failed"]
"""A ``waiting`` delivery is due at some time. A ``pending`` one waits for a conference or session that is not known yet, and
then is ``waiting`` again. A ``failed`` one could not be processed; an operator can try it again. The event of a ``conflict`` or
``rejected`` one was not recorded, and is a dead letter."""
PROCESSED: Final[tuple[State, ...]] = ("done", "ignored", "conflict", "rejected")
"""The states of deliveries that need no more work."""

KEPT_FOR: Final = timedelta(days=30)
"""How long a delivery is kept after its end. Until then, a repeat is recognised, and a failed delivery can be tried again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook. Its body is kept until it is processed."""

    id: str
    connection_id: str
    state: State
    received_at: datetime
    due_at: datetime
    """When to try it; while it is processed, when its lease ends; after its end, when it is deleted."""
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    """The number of bytes of its body."""
    content: str = ""
    """The fingerprint of its body."""
    sent: int = 0
    """The time that its latest attempt gives, in Unix seconds; 0 if it gives none."""
    attempts: int = 0
    reason: str = ""
    """Why it is in this state, or will be tried again."""
    claim: str = ""
    """The claim under which it is processed; empty if nobody processes it."""
    event: str = ""
    """The id of the fact that its event would have stated, if the event was rejected."""
    digest: bytes = b""
    """The ``content_digest`` of that event."""


def delivery_id(connection_id: str, key: str) -> str:
    """The id of a delivery, made from the key that the adapter finds in it. A repeat has the same id."""
    return sha256(f"{connection_id}\n{key}".encode()).hexdigest()[:32]


def cause_of(source: str, record: Record) -> tuple[str, str] | None:
    """The ids of the connection and the delivery from which an event of this source may have come; None if from none.

    The events of a delivery have its id as their correlation id. Any event may claim one, so the delivery need not exist.
    """
    connection_id = _OF_CONNECTION.match(source)
    if connection_id is None:
        return None
    correlation = next((value for name, value in record.headers if name == "ce_correlationid" and value), b"")
    return (connection_id[1], correlation.decode()) if _ID.fullmatch(correlation) else None
