"""What is known of how a connection's API answers, and how far its polls have come."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Progress:
    """How it goes with a connection's API."""

    connection_id: str
    fetched_at: datetime | None = None
    """When it last answered with what was asked for."""
    problem: str = ""
    """What keeps it from doing so; empty where nothing does."""
    problem_at: datetime | None = None
    cursor: dict[str, Any] = field(default_factory=dict)
    """Where the next page of the poll begins."""
    polled_at: datetime | None = None
    """When a poll last came to its end."""
    failures: int = 0
    """How many polls in a row have failed."""
    due_at: datetime | None = None
    """When to poll; while a poll goes on, the end of its lease."""
    claim: str = ""
    """Whose poll goes on."""
    mapping: str = ""
    """By which ``mapping`` all its objects' attendance was worked out."""
