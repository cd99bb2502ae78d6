"""What was read a moment ago, for checks that every request makes."""

import time
from collections.abc import Awaitable, Callable
from typing import Final, Generic, NamedTuple, TypeVar

SECONDS: Final = 1.0
"""How long what was read holds. So long, what another process changed may not be seen."""
MOST: Final = 10_000
"""How many are kept. Then all are dropped: to read them again costs less than to know which one to drop."""

Found = TypeVar("Found")


class _Commits:
    """How many transactions this process has committed."""

    def __init__(self) -> None:
        self.count = 0


COMMITS: Final = _Commits()
"""Counted by ``Database.transact``. What was read before a commit is read again, so a process sees at once what it changes."""


class _Kept(NamedTuple, Generic[Found]):
    found: Found
    commits: int
    until: float


class Recent(Generic[Found]):
    """Keeps what was found for ``SECONDS``, or until this process commits a transaction. That nothing was found is not kept."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[object, _Kept[Found]] = {}

    async def get(self, key: object, read: Callable[[], Awaitable[Found | None]]) -> Found | None:
        """What ``read`` finds, or found a moment ago under this key."""
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
