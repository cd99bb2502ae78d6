"""How fast mails leave, and how many at a time to one provider. Pure: time is passed in, seconds of a clock that only rises."""

from collections import Counter

from notifications.mail_kinds import Lane


class TokenBucket:
    """``rate`` a second, and up to ``burst`` at once after a rest. A rate of 0 is no limit."""

    def __init__(self, rate: float, burst: float = 1.0) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = 0.0

    def take(self, now: float) -> float:
        """Take a token. Returns the seconds until it is there: those who wait so long keep to the rate, in their order."""
        if self._rate <= 0:
            return 0.0
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = max(self._at, now)
        self._tokens -= 1
        return max(0.0, -self._tokens / self._rate)


class Pace:
    """So many mails a second of one instance. Bulk makes room: a transactional mail takes of its share without waiting for it."""

    def __init__(self, rate: float) -> None:
        self._all = TokenBucket(rate)
        self._transactional = TokenBucket(rate)

    def turn(self, lane: Lane, now: float) -> float:
        """The seconds to wait before the next mail of this lane leaves."""
        shared = self._all.take(now)
        return shared if lane == "bulk" else self._transactional.take(now)


class Slots:
    """At most so many mails at a time to each provider, which is the domain of the address. 0 is no limit."""

    def __init__(self, each: int) -> None:
        self._each = each
        self._taken: Counter[str] = Counter()

    def take(self, domain: str) -> bool:
        """Whether there was room: to be given back then."""
        if self._each and self._taken[domain] >= self._each:
            return False
        self._taken[domain] += 1
        return True

    def give(self, domain: str) -> None:
        self._taken[domain] -= 1
        if not self._taken[domain]:
            del self._taken[domain]


def domain_of(email: str) -> str:
    """The provider's domain of an address."""
    return email.rpartition("@")[2].lower().rstrip(".")
