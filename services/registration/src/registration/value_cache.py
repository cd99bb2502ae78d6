"""A cache of values that were read a moment ago, so that they need not be read for every request."""

import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Final, Generic, TypeVar

Value = TypeVar("Value")

SECONDS: Final = 1.0
"""How long a value is used after it was read. Another instance of the service may have changed it meanwhile."""
MAX_VALUES: Final = 1000
"""How many values are cached."""


class ValueCache(Generic[Value]):
    """Values by key; a value is read again once it is older than ``SECONDS``.

    ``read`` returns the values of several keys. A key without a value is read again each time.
    """

    def __init__(
        self, read: Callable[[Collection[str]], Awaitable[Mapping[str, Value]]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._clock = clock
        self._cached: dict[str, tuple[float, Value]] = {}
        """Each value with the time until which it is used."""

    async def get_many(self, keys: Collection[str]) -> dict[str, Value]:
        """The values of the given keys that have one."""
        now = self._clock()  # before reading: a value that changes meanwhile is not used for longer
        values = {key: cached[1] for key in keys if (cached := self._cached.get(key)) and cached[0] > now}
        if missing := [key for key in keys if key not in values]:
            read = await self._read(missing)
            if len(self._cached) + len(read) > MAX_VALUES:
                self._cached.clear()
            if len(read) <= MAX_VALUES:
                self._cached |= {key: (now + SECONDS, value) for key, value in read.items()}
            values |= read
        return values

    def forget(self, keys: Iterable[str]) -> None:
        """Drop these keys, so that they are read again next time."""
        for key in keys:
            self._cached.pop(key, None)
