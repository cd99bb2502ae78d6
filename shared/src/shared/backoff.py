"""Back-off: how long to wait before retrying something that failed.

Retry libraries count failures inside a decorated call. Here most counts are kept in a database, or shared by several calls, so
this only computes the pause. Randomness is passed in.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

_MOST_FACTORS: Final = 100
"""A larger exponent would only overflow: the longest pause is reached long before."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses that grow by a factor with each failure in a row, up to the longest one."""

    first: timedelta
    longest: timedelta
    factor: float = 2.0
    jitter: float = 0.0
    """How much of each pause is left to chance: 0 for none, 0.5 for its second half, 1 for all of it ("full jitter"; M. Brooker,
    "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). So calls that failed together are not retried together."""

    def pause(self, failures: int, chance: float = 1.0) -> timedelta:
        """How long to wait after this many failures in a row, 1 or more. ``chance`` is a random number from 0 to 1."""
        grown = self.first.total_seconds() * self.factor ** min(failures - 1, _MOST_FACTORS)
        return timedelta(seconds=min(grown, self.longest.total_seconds()) * (1 - self.jitter * (1 - chance)))
