"""Whose fault it is when many records in a row fail: their publisher's, or ours."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from shared.contract.envelope import PUBLISHER, Event

MAX_PUBLISHER: Final = 64
"""How many bytes of the header that names a publisher count."""


class Streak:
    """Records that failed while none was applied: of one publisher they are its own trouble, of several they are ours.

    Each publisher counts for little more than half of the limit, and each key as well. So however many records one publisher
    sends, or are sent of one person, alone they never reach it. Of what we publish ourselves only the keys are counted.

    The publisher of what came in over HTTP is the API key that brought it, whatever source its events name. Kafka does not say
    who has written a record, so of what was written there directly it is the source, which its writer chooses.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._publishers = Counter[object]()
        self._keys = Counter[object]()
        self._records = 0

    def after(self, failed: Iterable[tuple[Event, str]]) -> "Streak":
        """The streak with these records more, each with the service that publishes its topic."""
        longer = Streak(self._limit)
        longer._publishers, longer._keys, longer._records = self._publishers.copy(), self._keys.copy(), self._records
        for event, service in failed:
            longer._records += 1
            # What is ours is counted one by one: under a number of its own, which is no publisher's name.
            longer._count(longer._publishers, longer._records if event.source == service else publisher_of(event))
            key = event.record.key
            longer._count(longer._keys, hash(event.source if key is None else key))
        return longer

    def _count(self, counts: Counter[object], key: object) -> None:
        if key in counts or len(counts) <= self._limit:  # more could change nothing
            counts[key] += 1

    @property
    def is_ours(self) -> bool:
        """Whether enough records failed, from several publishers and keys, that the fault must be ours."""
        share = self._limit // 2 + 1
        return all(sum(min(count, share) for count in counts.values()) > self._limit for counts in (self._publishers, self._keys))

    def __str__(self) -> str:
        return f"{self._records} records in a row failed, of {len(self._publishers)} sources and {len(self._keys)} keys"


def publisher_of(event: Event) -> str:
    """Who published an event, as far as that is known: an API key by its id, or else the source that the event names."""
    for name, value in event.record.headers:
        if name == PUBLISHER and value:
            return f"{PUBLISHER} {value[:MAX_PUBLISHER].decode(errors='replace')}"
    return event.source
