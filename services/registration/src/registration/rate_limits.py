"""Rate limits: how many events each sender may send in a minute."""

import math
import time
from collections.abc import Callable
from typing import Annotated, Final

from pydantic import Field

from shared.refusals import TooMany

MINUTE: Final = 60.0
EVENTS_PER_MINUTE: Final = 6_000
"""The default limit of a key or connection."""

EventsPerMinute = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]

_FORGET_AT: Final = 10_000


class Rates:
    """Limits senders by the generic cell rate algorithm (ITU-T I.371): a minute's worth at once, then at the steady rate.

    It is kept in memory, so each instance of the service counts for itself: with n instances, n times as much may pass.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._paid_until: dict[str, float] = {}
        """The time at which a sender's full allowance is available again, by sender."""
        self._forget_at = _FORGET_AT

    def take(self, sender: str, per_minute: int, cost: int = 1) -> None:
        """Take ``cost`` from the sender's allowance. More than a minute's worth at once takes a whole minute's.

        Raises:
            TooMany: the limit is exceeded, and nothing is taken. The same request passes after ``retry_after`` seconds.
        """
        now = self._clock()
        until = max(self._paid_until.get(sender, now), now) + min(cost / per_minute, 1.0) * MINUTE
        wait = until - now - MINUTE
        if wait > 1e-6:  # less is rounding
            raise TooMany(
                f"more than {per_minute:,} events in a minute; none of these were accepted: send them again later",
                retry_after=math.ceil(wait),
            )
        if len(self._paid_until) >= self._forget_at:
            self._paid_until = {id: until_then for id, until_then in self._paid_until.items() if until_then > now}
            self._forget_at = max(_FORGET_AT, 2 * len(self._paid_until))
        self._paid_until[sender] = until
