"""Events that are not recorded, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registration.attendees.domain.attendance import source_and_id

CONFLICT: Final = "id: was used for another event of this source; give each event an id of its own"
MAX_REASON: Final = 1000
"""Characters that are kept of a reason."""
_OVERHEAD: Final = 300


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that was not applied. ``id`` is that of the fact that it would have stated."""

    id: str
    digest: bytes
    conference_id: str
    persons: tuple[str, ...]
    reason: str
    at: datetime
    failed: bool = False
    """Whether the fault is ours: the event may be recorded yet."""

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
        """In bytes, about."""
        return len(self.id) + len(self.reason[:MAX_REASON]) + _OVERHEAD
