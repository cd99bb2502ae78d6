"""Rejections: events that are not recorded, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registration.attendees.domain.attendance import source_and_id

CONFLICT: Final = "id: was used for another event of this source; give each event its own id"
MAX_REASON: Final = 1000
"""How many characters of a reason are stored."""
_OVERHEAD: Final = 300


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that was not recorded. ``id`` is that of the fact that it would have stated."""

    id: str
    digest: bytes
    conference_id: str
    persons: tuple[str, ...]
    reason: str
    at: datetime
    failed: bool = False
    """Whether the fault is ours. Then the event can still be recorded."""

    @property
    def is_conflict(self) -> bool:
        return self.reason == CONFLICT

    @property
    def source(self) -> str:
        """The event's source."""
        source, _ = source_and_id(self.id)
        return source

    @property
    def size(self) -> int:
        """The approximate number of bytes."""
        return len(self.id) + len(self.reason[:MAX_REASON]) + _OVERHEAD
