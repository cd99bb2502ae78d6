"""Which connections' systems are unavailable, so that they are left alone for a while."""

import random
from datetime import datetime, timedelta
from typing import Final

from registration.connections.domain.retries import pause

MAX_PAUSE: Final = timedelta(minutes=1)
"""How long a connection's deliveries wait at most while its system is unavailable."""


class Availability:
    """Remembers, by connection, that a system was unavailable: how often in a row, and until when nothing is fetched from it."""

    def __init__(self, first_pause: timedelta) -> None:
        self._first_pause = first_pause
        self._unavailable: dict[str, tuple[int, datetime]] = {}

    def unavailable(self, now: datetime) -> set[str]:
        """The connections from whose systems nothing is fetched now."""
        return {id for id, (_, until) in self._unavailable.items() if until > now}

    def note_failure(self, connection_id: str, now: datetime, retry_after: float | None) -> None:
        """Fetch nothing from this system for a while. The pause grows with each failure in a row."""
        failures = self._unavailable.get(connection_id, (0, now))[0] + 1
        wait = min(pause(failures, self._first_pause, random.random(), retry_after), MAX_PAUSE)  # noqa: S311
        self._unavailable[connection_id] = failures, now + wait

    def note_success(self, connection_id: str) -> None:
        self._unavailable.pop(connection_id, None)
