"""How much is kept per source: its dead letters must neither fill the disk nor crowd out others."""

from dataclasses import dataclass
from threading import Lock
from typing import Final

HOUR: Final = 3600.0
MOST_SOURCES: Final = 10_000
"""Sources counted separately per hour; further ones share the rest."""


@dataclass(slots=True)
class _Taken:
    letters: int = 0
    bytes: int = 0
    warned: bool = False


class Quota:
    """What may be kept with its content, in each hour. May be used by several threads."""

    def __init__(self, letters: int, bytes: int, bytes_of_all: int) -> None:
        """``letters`` and ``bytes`` are of each source, ``bytes_of_all`` of all together."""
        self._letters = letters
        self._bytes = bytes
        self._bytes_of_all = bytes_of_all
        self._lock = Lock()
        self._began = 0.0
        self._of_all = 0
        self._taken: dict[str, _Taken] = {}

    def take(self, source: str, size: int, now: float) -> bool:
        """Whether a letter of this size may be kept with its content; it counts then. ``now`` is in seconds."""
        with self._lock:
            taken = self._of(source, now)
            fits = (
                taken.letters < self._letters and taken.bytes + size <= self._bytes and self._of_all + size <= self._bytes_of_all
            )
            if fits:
                taken.letters += 1
                taken.bytes += size
                self._of_all += size
            return fits

    def first_refusal(self, source: str, now: float) -> bool:
        """Whether this is the source's first refusal in this hour. Records it."""
        with self._lock:
            taken = self._of(source, now)
            first, taken.warned = not taken.warned, True
            return first

    def _of(self, source: str, now: float) -> _Taken:
        if now - self._began >= HOUR:
            self._began, self._of_all = now, 0
            self._taken.clear()
        if source not in self._taken and len(self._taken) >= MOST_SOURCES:
            source = ""
        return self._taken.setdefault(source, _Taken())
