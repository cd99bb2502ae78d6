"""When to retry a mail, and when to give up. Pure."""

from datetime import datetime, timedelta
from typing import Final, Literal

from shared.backoff import Backoff

LONGEST_PAUSE: Final = timedelta(hours=1)


def pause(deferrals: int, first: timedelta, jitter: float, asked: timedelta | None = None) -> timedelta:
    """How long to wait after this many deferrals (1 or more).

    The pause is uniform between 0 and a bound that doubles up to ``LONGEST_PAUSE``, but never shorter than the server
    ``asked`` for. ``jitter`` is a random number from 0 to 1.
    """
    own = Backoff(2 * first, LONGEST_PAUSE, jitter=1).pause(deferrals, jitter)
    return own if asked is None else max(own, asked + first * jitter)


def next_try(
    now: datetime, wait: timedelta, tried_since: datetime, give_up_after: timedelta, not_after: datetime
) -> datetime | Literal["failed", "expired"]:
    """When to try again after ``wait``; or how the mail ends, if it was tried for long enough or is not worth sending by then."""
    given_up = tried_since + give_up_after
    if now + wait < min(given_up, not_after):
        return now + wait
    return "expired" if not_after <= given_up else "failed"
