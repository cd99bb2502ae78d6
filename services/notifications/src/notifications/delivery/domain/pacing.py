"""How fast mails are sent, and how many at a time to one domain. Pure: time is passed in, as seconds of a monotonic clock."""

from collections import Counter

from notifications.mail_kinds import Lane


class TokenBucket:
    """Allows ``rate`` tokens a second, and up to ``burst`` at once after a pause. A rate of 0 is no limit."""

    def __init__(self, rate: float, burst: float = 1.0) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = 0.0

    def take(self, now: float) -> float:
        """Take a token. Returns the seconds to wait for it; callers that wait keep to the rate, in their order."""
        if self._rate <= 0:
            return 0.0
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = max(self._at, now)
        self._tokens -= 1
        return max(0.0, -self._tokens / self._rate)


class Pace:
    """The rate of one instance. Transactional mails use up the shared rate, but do not wait for bulk mails."""

    def __init__(self, rate: float) -> None:
        self._all = TokenBucket(rate)
        self._transactional = TokenBucket(rate)

    def turn(self, lane: Lane, now: float) -> float:
        """The seconds to wait before the next mail of this lane."""
        shared = self._all.take(now)
        return shared if lane == "bulk" else self._transactional.take(now)


class Slots:
    """Limits how many mails at a time go to one domain. 0 is no limit."""

    def __init__(self, each: int) -> None:
        self._each = each
        self._taken: Counter[str] = Counter()

    def take(self, domain: str) -> bool:
        """Take a slot of the domain. Returns whether there was one; if so, call ``give`` afterwards."""
        if self._each and self._taken[domain] >= self._each:
            return False
        self._taken[domain] += 1
        return True

    def give(self, domain: str) -> None:
        """Give a slot back."""
        self._taken[domain] -= 1
        if not self._taken[domain]:
            del self._taken[domain]


def domain_of(email: str) -> str:
    """The domain of an address, in lower case."""
    return email.rpartition("@")[2].lower().rstrip(".")
