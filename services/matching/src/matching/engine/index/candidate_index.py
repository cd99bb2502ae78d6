"""Finds candidates by listing (whose lists it enters or is in) and by conference."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from matching.engine.index.arrays import COUNTRY, CandidateRow, candidate_row
from matching.engine.index.compiled_score import MILLION
from matching.engine.index.listing_index import ListingIndex
from matching.engine.index.lookups import holding
from matching.engine.index.numbering import DISCIPLINES, UNKNOWN, Numbering, hashes
from matching.engine.index.shard import CandidateList, Shard
from matching.engine.score import BEST, NO_WORDS, least_beside
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Candidate, Interest, ScoredListings

MIN_SIMILAR = 3
"""How many similar people must have a term before it is suggested to somebody."""


class CandidateIndex:
    """The candidates that one instance holds, with their lists of the ``k`` best listings. Not thread-safe.

    A shard that was never filled counts as empty.
    """

    def __init__(self, numbering: Numbering, k: int = BEST) -> None:
        self.numbering = numbering
        self.k = k
        self.shards: dict[int, Shard] = {}

    def __len__(self) -> int:
        return sum(map(len, self.shards.values()))

    def put(
        self,
        candidate: Candidate,
        interests: Mapping[str, Interest],
        matches: ScoredListings,
        words: Mapping[str, float] = NO_WORDS,
    ) -> None:
        """Add or replace a candidate with its current list."""
        self.put_many([(candidate, interests, words, matches)])

    def put_many(
        self, candidates: Iterable[tuple[Candidate, Mapping[str, Interest], Mapping[str, float], ScoredListings]]
    ) -> None:
        """Add or replace many candidates, which is faster than one at a time."""
        new: dict[str, tuple[int, CandidateRow, CandidateList]] = {}
        for candidate, interests, words, matches in candidates:
            row = candidate_row(candidate, interests, words, self.numbering)
            new[candidate.id] = candidate.shard, row, self._list(matches)
        for number in {number for number, _, _ in new.values()}:
            self.shards.setdefault(number, Shard(self.k))
        for number, shard in self.shards.items():
            shard.put([(id, row, list) for id, (where, row, list) in new.items() if where == number])
            for id, (where, _, _) in new.items():
                if where != number:
                    shard.remove(id)

    def _list(self, matches: ScoredListings) -> CandidateList:
        scores = sorted((-round(score * MILLION), id) for id, score in matches[: self.k])
        listings = [self.numbering.listing(id) for _, id in scores]
        least = least_beside(-scores[0][0] if scores else 0)
        if len(listings) == self.k:
            least = max(least, -scores[-1][0])
        return CandidateList(listings + [UNKNOWN] * (self.k - len(listings)), least)

    def remove(self, id: str) -> None:
        """Remove a candidate, if it is there."""
        for shard in self.shards.values():
            shard.remove(id)

    def drop_shard(self, shard: int) -> None:
        """Remove a whole shard."""
        self.shards.pop(shard, None)

    def entering(self, listing_id: str, listings: ListingIndex, shards: Collection[int], now: datetime) -> list[str]:
        """The ids, sorted, of candidates whose list has the listing or should have it. Equal scores go by the listing's id."""
        found = set(self.holding(listing_id, shards))
        if (single := listings.single(listing_id, now)) is None:
            return sorted(found)
        listing, terms, words = single
        masteries = self.numbering.masteries()
        allowed_countries = self.numbering.sets_with(int(listing.conditions[0, COUNTRY]))
        for shard in self._of(shards):
            rows, scores = shard.entered(listing, terms, words, masteries, allowed_countries, listings.weights)
            equal = (scores == shard.least(rows)) & (shard.lists[rows, -1] >= 0)
            for place in rows[equal].tolist():
                if listing_id < self.numbering.listing_ids[shard.lists[place, -1]]:
                    found.add(shard.ids[place])
            found.update(shard.ids[place] for place in rows[~equal].tolist())
        return sorted(found)

    def holding(self, listing_id: str, shards: Collection[int]) -> list[str]:
        """The ids, sorted, of the candidates whose list contains the listing."""
        number = self.numbering.listings.get(listing_id)
        if number is None:
            return []
        return sorted(shard.ids[row] for shard in self._of(shards) for row in holding(shard.lists, number).tolist())

    def attending(self, conference_id: str, shards: Collection[int]) -> list[str]:
        """The ids, sorted, of the candidates who take part in a conference."""
        (number,) = hashes([conference_id])
        found = []
        for shard in self._of(shards):
            places = np.flatnonzero(shard.arrays.conferences == number)
            rows = np.searchsorted(shard.arrays.conference_starts, places, side="right") - 1
            found += [id for row in rows.tolist() if (id := shard.ids[row])]
        return sorted(found)

    def terms_of_similar(self, keys: Collection[str], discipline: str | None) -> dict[str, float]:
        """The terms of similar candidates, without those that fewer than ``MIN_SIMILAR`` of them have.

        Similar are those who have some of these terms, and count as often; without any term, those of the same discipline.
        """
        wanted = [self.numbering.terms[key] for key in keys if key in self.numbering.terms]
        weights, having = np.zeros(len(self.numbering.terms)), np.zeros(len(self.numbering.terms), np.int64)
        for shard in self.shards.values():
            alike = shard.similar(wanted, DISCIPLINES[discipline])
            terms, owners = shard.terms_with_owners()
            weights += np.bincount(terms, alike[owners], len(weights))
            having += np.bincount(terms[alike[owners] > 0], minlength=len(having))
        found = np.flatnonzero(having >= MIN_SIMILAR).tolist()
        return {self.numbering.term_keys[number]: float(weights[number]) for number in found}

    def candidate_counts(self, shards: Collection[int]) -> CandidateCounts:
        """Count which terms the candidates of these shards have, and how many lists each listing is in."""
        held = np.zeros(len(self.numbering.terms), np.int64)
        shown = np.zeros(len(self.numbering.listings), np.int64)
        count = 0
        for shard in self._of(shards):
            count += len(shard)
            held += np.bincount(shard.terms_with_owners()[0], minlength=len(held))
            shown += np.bincount(shard.lists[shard.lists >= 0], minlength=len(shown))
        return CandidateCounts(count, _counted(self.numbering.terms, held), _counted(self.numbering.listings, shown))

    def _of(self, shards: Collection[int]) -> Iterator[Shard]:
        return (self.shards[number] for number in set(shards) if number in self.shards)


def _counted(names: Iterable[str], counts: NDArray[np.int64]) -> dict[str, int]:
    return {name: count for name, count in zip(names, counts.tolist(), strict=True) if count}
