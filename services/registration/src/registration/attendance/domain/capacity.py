"""How much may wait: of one source, and of all together."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

RECOUNTED_AFTER: Final = timedelta(seconds=30)
SHARE_OPEN_TO_ALL: Final = 0.75
"""Of the whole, the part that is open to sources of which nothing waits yet; the rest is kept for those of which something
does."""
_MAX_COUNTED: Final = 1000
"""Sources whose counts are remembered."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of events, and their size in bytes together."""

    events: int = 0
    bytes: int = 0

    def plus(self, bytes: int) -> "Amount":
        """With one more event of this size."""
        return Amount(self.events + 1, self.bytes + bytes)

    def within(self, most: "Amount", part: float = 1.0) -> bool:
        return self.events <= most.events * part and self.bytes <= most.bytes * part


class Capacity:
    """Decides whether one more event may wait.

    A source is whatever an event says that it is: over Kafka, one publisher may send under any number of them. So there is a
    bound on the whole as well. What waits already is never pushed out, and a flood of new sources leaves a quarter of the
    whole to those of which something waits already.

    What is counted is an estimate, which is enough for a bound: other instances add to it and take away from it meanwhile.
    """

    def __init__(self, of_source: Amount, of_all: Amount) -> None:
        self._most_of_source = of_source
        self._most_of_all = of_all
        self._sources: dict[str, tuple[datetime, Amount]] = {}
        self._all: tuple[datetime, Amount] | None = None

    def to_count(self, sources: Collection[str], now: datetime) -> set[str]:
        """The sources whose events must be counted: they never were, or not lately."""
        if len(self._sources) > _MAX_COUNTED:
            self._sources.clear()
        return {source for source in sources if not _is_fresh(self._sources.get(source), now)}

    def is_to_count_all(self, now: datetime) -> bool:
        """Whether all that waits is to be counted."""
        return not _is_fresh(self._all, now)

    def counted(self, sources: Mapping[str, Amount], now: datetime) -> None:
        """So much waits of these sources."""
        self._sources |= {source: (now, amount) for source, amount in sources.items()}

    def counted_all(self, amount: Amount, now: datetime) -> None:
        """So much waits of all sources together."""
        self._all = (now, amount)

    def take(self, source: str, bytes: int, now: datetime) -> str:
        """Let one more event of this size wait; it counts from now on. Returns why it may not, or an empty text."""
        source_at, of_source = self._sources.get(source, (now, Amount()))
        all_at, of_all = self._all or (now, Amount())
        part = 1.0 if of_source.events else SHARE_OPEN_TO_ALL
        more_of_source, more_of_all = of_source.plus(bytes), of_all.plus(bytes)
        if not more_of_source.within(self._most_of_source):
            return "so many events of this source wait already that no more can"
        if not more_of_all.within(self._most_of_all, part):
            return "so many events of all sources wait already that no more can"
        self._sources[source] = source_at, more_of_source
        self._all = all_at, more_of_all
        return ""


def _is_fresh(counted: tuple[datetime, Amount] | None, now: datetime) -> bool:
    return counted is not None and counted[0] >= now - RECOUNTED_AFTER
