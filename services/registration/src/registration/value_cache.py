"""A cache of values that were read a moment ago, so that they need not be read for every request."""

import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Final, Generic, TypeVar

Value = TypeVar("Value")

SECONDS: Final = 1.0
"""How long a value is used after it was read. Another instance of the service may have changed it meanwhile."""
MAX_VALUES: Final = 1000
"""How many values are cached."""


class Recent(Generic[Value]):
    """Values by key; a value is read again once it is older than ``SECONDS``.

    ``read`` returns the values of several keys. A key without a value is read again each time.
    """

    def __init__(
        self, read: Callable[[Collection[str]], Awaitable[Mapping[str, Value]]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._clock = clock
        self._kept: dict[str, tuple[float, Value]] = {}
        """Each value with the time until which it is used."""

    async def get_many(self, keys: Collection[str]) -> dict[str, Value]:
        """The values of these keys, without those that have none."""
        now = self._clock()  # before reading: a value that changes meanwhile is not used for longer
        values = {key: kept[1] for key in keys if (kept := self._kept.get(key)) and kept[0] > now}
        if missing := [key for key in keys if key not in values]:
            read = await self._read(missing)
            if len(self._kept) + len(read) > MAX_VALUES:
                self._kept.clear()
            if len(read) <= MAX_VALUES:
                self._kept |= {key: (now + SECONDS, value) for key, value in read.items()}
            values |= read
        return values

    def forget(self, keys: Iterable[str]) -> None:
        """Read these again next time."""
        for key in keys:
            self._kept.pop(key, None)
