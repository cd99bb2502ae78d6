"""The market: what is asked for and held by all, and which listings are recommended to too many."""

from collections.abc import Iterable
from itertools import repeat
from math import log
from typing import Final

from matching.model.candidate_counts import CandidateCounts
from matching.model.listings import Listing

MAX_CROWDING: Final = 0.3
"""The most that a listing can lose of its score because it is recommended to many."""


class Market:
    """Rarity, scarcity and crowding, from the listings and the last counts of the candidates. Never changed."""

    def __init__(self, listings: Iterable[Listing] = (), candidate_counts: CandidateCounts | None = None) -> None:
        self.candidate_counts = candidate_counts or CandidateCounts()
        self._asking: dict[str, int] = {}
        self._seats: dict[str, int] = {}
        self._count((), listings)

    def changed(self, before: Iterable[Listing], after: Iterable[Listing], candidate_counts: CandidateCounts) -> "Market":
        """The market where the listings ``before`` are those ``after``; it costs much less than to count them all."""
        market = Market(candidate_counts=candidate_counts)
        market._asking, market._seats = self._asking.copy(), self._seats.copy()
        market._count(before, after)
        return market

    def _count(self, before: Iterable[Listing], after: Iterable[Listing]) -> None:
        for listing in before:
            del self._seats[listing.id]
            for key in listing.requested_terms:
                self._asking[key] -= 1
        for listing in after:
            self._seats[listing.id] = listing.seats
            for key in listing.requested_terms:
                self._asking[key] = self._asking.get(key, 0) + 1
        places = sum(map(self.candidate_counts.shown.get, self._seats, repeat(0)))
        self.lists_per_seat = places / max(1, sum(self._seats.values()))  # all seats may be taken
        """The fair number of lists for each seat: what it would have if all places in lists were dealt out evenly."""

    def rarity(self, key: str) -> float:
        """``ln(1 + N / n)`` of a term that n of N listings ask for. One that none asks for is as rare as one asked for once."""
        return log(1 + max(1, len(self._seats)) / (self._asking.get(key) or 1))

    def scarcity(self, key: str) -> float:
        """From 0 to 1: ``1 - 2h / d`` of a term that the part d of the listings asks for, and the part h of the candidates has.

        0 where at least half as many have it as ask for it, and while nobody was counted; 1 where nobody has it.
        """
        if not self.candidate_counts.candidates or not (asking := self._asking.get(key)):
            return 0.0
        demand = asking / len(self._seats)
        held = self.candidate_counts.held.get(key, 0) / self.candidate_counts.candidates
        return max(0.0, 1 - 2 * held / demand)

    def crowding(self, listing_id: str) -> float:
        """The part of its score that a listing loses: none up to its fair number of lists, by its seats; then ever more.

        From 0 to ``MAX_CROWDING``.
        """
        if listing_id not in self._seats:
            return 0.0
        shown, fair = self.candidate_counts.shown.get(listing_id, 0), self.lists_per_seat * self._seats[listing_id]
        return MAX_CROWDING * max(0.0, shown - fair) / max(1, shown)
