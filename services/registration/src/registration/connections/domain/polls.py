"""The progress of a connection's polls, and how its API responds."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class PollProgress:
    """How far the polls of a connection have come, and how its API answered last."""

    connection_id: str
    fetched_at: datetime | None = None
    """When the API last answered correctly."""
    problem: str = ""
    """Why it does not respond correctly; empty if it does."""
    problem_at: datetime | None = None
    cursor: dict[str, Any] = field(default_factory=dict)
    """Where the next page of the poll begins."""
    polled_at: datetime | None = None
    """When the last complete poll ended."""
    failures: int = 0
    """How many polls in a row have failed."""
    due_at: datetime | None = None
    """When to poll next; during a poll, when its lease ends."""
    claim: str = ""
    """The claim of the poll that is running; empty if none is."""
    mapping: str = ""
    """The ``mapping`` by which the attendance of all its objects was worked out."""
