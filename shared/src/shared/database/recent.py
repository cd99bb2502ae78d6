"""A short-lived cache, for checks made on every request."""

import time
from collections.abc import Awaitable, Callable
from typing import Final, Generic, NamedTuple, TypeVar

SECONDS: Final = 1.0
"""How long an entry is valid. Until then, changes by other processes may not be seen."""
MOST: Final = 10_000
"""How many entries are kept. Then all are dropped: reading them again costs less than tracking which one to drop."""

Found = TypeVar("Found")


class _Commits:
    """How many transactions this process has committed."""

    def __init__(self) -> None:
        self.count = 0


COMMITS: Final = _Commits()
"""Counted by ``Database.transact``. Entries from before a commit are read again, so a process sees its own changes at once."""


class _Kept(NamedTuple, Generic[Found]):
    found: Found
    commits: int
    until: float


class Recent(Generic[Found]):
    """Keeps results for ``SECONDS``, or until this process commits a transaction. Misses are not kept."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[object, _Kept[Found]] = {}

    async def get(self, key: object, read: Callable[[], Awaitable[Found | None]]) -> Found | None:
        """The result of ``read``, now or a moment ago, under this key."""
        now, commits = self._clock(), COMMITS.count  # of before it is read: what changes meanwhile makes it old
        kept = self._kept.get(key)
        if kept and kept.commits == commits and now < kept.until:
            return kept.found
        found = await read()
        if found is None:
            self._kept.pop(key, None)
            return None
        if len(self._kept) >= MOST:
            self._kept.clear()
        self._kept[key] = _Kept(found, commits, now + SECONDS)
        return found
