"""How much each may send in a minute."""

import math
import time
from collections.abc import Callable
from typing import Annotated, Final

from pydantic import Field

from shared.errors import TooMany

MINUTE: Final = 60.0
EVENTS_PER_MINUTE: Final = 6_000
"""What a key or a connection may bring in, unless it is specified."""

EventsPerMinute = Annotated[int, Field(ge=1, le=10_000_000)]

_FORGET_AT: Final = 10_000


class Rates:
    """Limits by the generic cell rate algorithm (ITU-T I.371): a minute's worth at once, then as it grows back.

    Kept in memory, so each instance of the service counts for itself: with n instances, n times as much may pass.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._paid_until: dict[str, float] = {}
        """For each, when all that was taken will have grown back."""
        self._forget_at = _FORGET_AT

    def take(self, who: str, per_minute: int, cost: int = 1) -> None:
        """Take ``cost`` of what ``who`` has in a minute. More than a minute's worth at once takes the whole of one.

        Raises:
            TooMany: nothing is taken; the same passes after ``retry_after`` seconds.
        """
        now = self._clock()
        until = max(self._paid_until.get(who, now), now) + min(cost / per_minute, 1.0) * MINUTE
        wait = until - now - MINUTE
        if wait > 1e-6:  # less is rounding
            raise TooMany(
                f"more than {per_minute:,} events in a minute; none of these was taken, send them again later",
                retry_after=math.ceil(wait),
            )
        if len(self._paid_until) >= self._forget_at:
            self._paid_until = {one: paid for one, paid in self._paid_until.items() if paid > now}
            self._forget_at = max(_FORGET_AT, 2 * len(self._paid_until))
        self._paid_until[who] = until
