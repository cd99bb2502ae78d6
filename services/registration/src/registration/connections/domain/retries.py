"""The pauses between attempts to fetch from another system."""

from datetime import timedelta
from typing import Final

from shared.backoff import Backoff

MAX_PAUSE: Final = timedelta(hours=1)


def pause(failures: int, first: timedelta, chance: float, retry_after: float | None = None) -> timedelta:
    """How long to wait after this many failures in a row: it doubles up to an hour, and its second half is random.

    ``chance`` is the random number, from 0 to 1. ``retry_after`` is the shortest pause, in seconds, that the system asked for.
    """
    backoff = Backoff(first, MAX_PAUSE, jitter=0.5).pause(failures, chance)
    return max(backoff, min(timedelta(seconds=retry_after or 0), MAX_PAUSE))
