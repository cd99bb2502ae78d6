"""The candidates of one instance: whose list a listing enters, holds it, or has to do with a conference."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from matching.engine.index.arrays import COUNTRY, CandidateRow, row
from matching.engine.index.formula import MILLION
from matching.engine.index.listings import LEAST, ListingIndex
from matching.engine.index.lookups import holding
from matching.engine.index.names import UNKNOWN, Names, hashes
from matching.engine.index.shard import Best, Shard
from matching.engine.score import BEST
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Candidate, Interest

Listed = Sequence[tuple[str, float]]
"""The ids of listings with their scores, best first."""


class CandidateIndex:
    """Candidates with their lists of the ``k`` best. Not to be used by two threads at a time.

    Unknown shards are empty ones.
    """

    def __init__(self, names: Names, k: int = BEST) -> None:
        self.names = names
        self.k = k
        self.shards: dict[int, Shard] = {}

    def __len__(self) -> int:
        return sum(map(len, self.shards.values()))

    def put(self, candidate: Candidate, interests: Mapping[str, Interest], best: Listed) -> None:
        """Add one, or put it in the place of what was known, with the list that it has now."""
        self.put_many([(candidate, interests, best)])

    def put_many(self, candidates: Iterable[tuple[Candidate, Mapping[str, Interest], Listed]]) -> None:
        """``put`` many: quicker than one at a time."""
        new: dict[str, tuple[int, CandidateRow, Best]] = {}
        for candidate, interests, best in candidates:
            new[candidate.id] = candidate.shard, row(candidate, interests, self.names), self._list(best)
        for number in {number for number, _, _ in new.values()}:
            self.shards.setdefault(number, Shard(self.k))
        for number, shard in self.shards.items():
            shard.put([(id, row, best) for id, (where, row, best) in new.items() if where == number])
            for id, (where, _, _) in new.items():
                if where != number:
                    shard.remove(id)

    def _list(self, best: Listed) -> Best:
        listings = [self.names.listing(id) for id, _ in best[: self.k]]
        least = round(best[self.k - 1][1] * MILLION) if len(listings) == self.k else LEAST
        return Best(listings + [UNKNOWN] * (self.k - len(listings)), least)

    def remove(self, id: str) -> None:
        """Forget one, if it is known."""
        for shard in self.shards.values():
            shard.remove(id)

    def drop_shard(self, shard: int) -> None:
        """Forget all of a shard."""
        self.shards.pop(shard, None)

    def entering(self, listing_id: str, listings: ListingIndex, shards: Collection[int], now: datetime) -> list[str]:
        """Ids, sorted, of those whose list the listing enters, by its score or among equals by its id, or in whose list it is."""
        found = set(self.holding(listing_id, shards))
        if (alone := listings.alone(listing_id, now)) is None:
            return sorted(found)
        listing, terms = alone
        masteries = self.names.masteries()
        allows = self.names.having(int(listing.conditions[0, COUNTRY]))
        for shard in self._of(shards):
            rows, scores = shard.entered(listing, terms, masteries, allows, listings.shares)
            equal = (scores == shard.least(rows)) & (shard.lists[rows, -1] >= 0)
            for place in rows[equal].tolist():
                if listing_id < self.names.listing_ids[shard.lists[place, -1]]:
                    found.add(shard.ids[place])
            found.update(shard.ids[place] for place in rows[~equal].tolist())
        return sorted(found)

    def holding(self, listing_id: str, shards: Collection[int]) -> list[str]:
        """Ids, sorted, of those in whose list the listing is."""
        number = self.names.listings.get(listing_id)
        if number is None:
            return []
        return sorted(shard.ids[row] for shard in self._of(shards) for row in holding(shard.lists, number).tolist())

    def attending(self, conference_id: str, shards: Collection[int]) -> list[str]:
        """Ids, sorted, of those who take part in a conference."""
        (number,) = hashes([conference_id])
        found = []
        for shard in self._of(shards):
            places = np.flatnonzero(shard.arrays.conferences == number)
            rows = np.searchsorted(shard.arrays.conference_starts, places, side="right") - 1
            found += [id for row in rows.tolist() if (id := shard.ids[row])]
        return sorted(found)

    def candidate_counts(self, shards: Collection[int]) -> CandidateCounts:
        """What the candidates of these shards have, and how often each listing stands in their lists."""
        held = np.zeros(len(self.names.terms), np.int64)
        shown = np.zeros(len(self.names.listings), np.int64)
        count = 0
        for shard in self._of(shards):
            count += len(shard)
            held += np.bincount(shard.terms(), minlength=len(held))
            shown += np.bincount(shard.lists[shard.lists >= 0], minlength=len(shown))
        return CandidateCounts(count, _counted(self.names.terms, held), _counted(self.names.listings, shown))

    def _of(self, shards: Collection[int]) -> Iterator[Shard]:
        return (self.shards[number] for number in set(shards) if number in self.shards)


def _counted(names: Iterable[str], counts: NDArray[np.int64]) -> dict[str, int]:
    return {name: count for name, count in zip(names, counts.tolist(), strict=True) if count}
