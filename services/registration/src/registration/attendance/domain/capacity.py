"""How many events may be pending, of one source and of all sources together."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

RECOUNTED_AFTER: Final = timedelta(seconds=30)
SHARE_OPEN_TO_ALL: Final = 0.75
"""The share of the total capacity for sources without pending events. The rest is reserved for sources that have some."""
_MAX_COUNTED: Final = 1000
"""The most sources whose counts are remembered."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of events, and their total size in bytes."""

    events: int = 0
    bytes: int = 0

    def plus(self, bytes: int) -> "Amount":
        """The amount with one more event of this size."""
        return Amount(self.events + 1, self.bytes + bytes)

    def within(self, limit: "Amount", share: float = 1.0) -> bool:
        return self.events <= limit.events * share and self.bytes <= limit.bytes * share


class Capacity:
    """Decides whether one more event may become pending.

    An event names its own source, so over Kafka one publisher may use any number of sources. Therefore the total is limited, too.
    Pending events are never removed to make room. A flood of new sources leaves a quarter of the total to sources that already
    have pending events.

    The counts are estimates, which is good enough for a limit: other instances add and remove events meanwhile.
    """

    def __init__(self, of_source: Amount, of_all: Amount) -> None:
        self._limit_of_source = of_source
        self._limit_of_all = of_all
        self._sources: dict[str, tuple[datetime, Amount]] = {}
        self._all: tuple[datetime, Amount] | None = None

    def to_count(self, sources: Collection[str], now: datetime) -> set[str]:
        """The sources whose events must be counted, because they were not counted lately."""
        if len(self._sources) > _MAX_COUNTED:
            self._sources.clear()
        return {source for source in sources if not _is_fresh(self._sources.get(source), now)}

    def is_to_count_all(self, now: datetime) -> bool:
        """Whether all pending events must be counted."""
        return not _is_fresh(self._all, now)

    def counted(self, sources: Mapping[str, Amount], now: datetime) -> None:
        """Note how much of these sources is pending."""
        self._sources |= {source: (now, amount) for source, amount in sources.items()}

    def counted_all(self, amount: Amount, now: datetime) -> None:
        """Note how much of all sources is pending."""
        self._all = (now, amount)

    def take(self, source: str, bytes: int, now: datetime) -> str:
        """Reserve capacity for one more event of this size. Returns why there is none, or an empty text."""
        source_at, of_source = self._sources.get(source, (now, Amount()))
        all_at, of_all = self._all or (now, Amount())
        share = 1.0 if of_source.events else SHARE_OPEN_TO_ALL
        more_of_source, more_of_all = of_source.plus(bytes), of_all.plus(bytes)
        if not more_of_source.within(self._limit_of_source):
            return "too many events of this source are already pending"
        if not more_of_all.within(self._limit_of_all, share):
            return "too many events of all sources are already pending"
        self._sources[source] = source_at, more_of_source
        self._all = all_at, more_of_all
        return ""


def _is_fresh(counted: tuple[datetime, Amount] | None, now: datetime) -> bool:
    return counted is not None and counted[0] >= now - RECOUNTED_AFTER
