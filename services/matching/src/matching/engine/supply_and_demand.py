"""Supply and demand: which terms are rare or scarce, and which listings are crowded."""

from collections.abc import Iterable, Mapping
from itertools import repeat
from math import log
from typing import Final

from matching.model.candidate_counts import CandidateCounts
from matching.model.listings import Listing

MAX_CROWDING: Final = 0.5
"""The largest share of its score that a listing loses because it is recommended to many."""

MAX_EXPECTED: Final = 0.3
"""The largest share of its score that a listing loses because many are expected to have what it asks for."""

MAX_BONUS: Final = 0.2
"""The largest share of its score that a listing gains because it is recommended to few."""

CROWDING_STEPS: Final = 2.0**20
"""Crowding is rounded to this fraction, so that it is the same however its sums are added up."""

COMMON: Final = 0.1
FEW: Final = 10
"""A word in more listings than ``FEW`` and than the share ``COMMON`` of all is common, and does not count for similarity."""


class _Rarities(dict[int, float]):
    """``ln(1 + N / n) / ln(1 + N)`` by n."""

    def __init__(self, listings: int) -> None:
        super().__init__()
        self._listings = listings
        self.loudest = log(1 + listings)

    def __missing__(self, among: int) -> float:
        self[among] = rarity = log(1 + self._listings / max(1, among)) / self.loudest
        return rarity


class Market:
    """Rarity, scarcity and crowding, from the listings and the last counts of the candidates. Immutable."""

    def __init__(self, listings: Iterable[Listing] = (), candidate_counts: CandidateCounts | None = None) -> None:
        self.candidate_counts = candidate_counts or CandidateCounts()
        self._asking: dict[str, int] = {}
        self._saying: dict[str, int] = {}
        self._taking_part: dict[str, int] = {}
        self.listings: dict[str, Listing] = {}
        self._count((), listings)

    def changed(self, before: Iterable[Listing], after: Iterable[Listing], candidate_counts: CandidateCounts) -> "Market":
        """The market in which the listings ``before`` are replaced by ``after``. Other listings are not counted again."""
        market = Market(candidate_counts=candidate_counts)
        market._asking, market._saying = self._asking.copy(), self._saying.copy()
        market._taking_part, market.listings = self._taking_part.copy(), self.listings.copy()
        market._count(before, after)
        return market

    def _count(self, before: Iterable[Listing], after: Iterable[Listing]) -> None:
        for listing in before:
            del self.listings[listing.id]
            for key in listing.requested_terms:
                self._asking[key] -= 1
            for word in listing.words:
                self._saying[word] -= 1
            for conference in set(listing.conference_ids):
                self._taking_part[conference] -= 1
        for listing in after:
            self.listings[listing.id] = listing
            for key in listing.requested_terms:
                self._asking[key] = self._asking.get(key, 0) + 1
            for word in listing.words:
                self._saying[word] = self._saying.get(word, 0) + 1
            for conference in set(listing.conference_ids):
                self._taking_part[conference] = self._taking_part.get(conference, 0) + 1
        self._common = max(FEW, COMMON * len(self.listings))
        self._rarities = _Rarities(max(1, len(self.listings)))
        self.loudest = self._rarities.loudest
        """``ln(1 + N)``, by which all rarities are divided."""
        listed = sum(map(self.candidate_counts.shown.get, self.listings, repeat(0)))
        self.seats = max(1, sum(listing.seats for listing in self.listings.values()))  # there may be none left
        self.lists_per_seat = listed / self.seats
        """The fair number of lists for each seat: all places in lists, divided evenly among all seats."""

    def rarities(self, keys: Iterable[str]) -> dict[str, float]:
        """``ln(1 + N / n) / ln(1 + N)`` for each term that n of N listings ask for, where n is at least 1, by key."""
        asking, rarities = self._asking, self._rarities
        return {key: rarities[asking.get(key, 0)] for key in keys}

    def share_asking(self, key: str) -> float:
        """The share of the listings that ask for a term."""
        return self._asking.get(key, 0) / max(1, len(self.listings))

    def rarity_of_word(self, stem: str) -> float:
        """The rarity of a word, computed like that of a term; 0 for a common word."""
        saying = self._saying.get(stem, 0)
        return 0.0 if saying > self._common else self._rarities[saying]

    def rarity_of_conference(self, id: str) -> float:
        """``ln(N / n) / ln(1 + N)`` for a conference in which the hosts of n of N listings take part: 0 if all do."""
        return log(max(1, len(self.listings)) / max(1, self._taking_part.get(id, 0))) / self.loudest

    def scarcity(self, key: str) -> float:
        """``max(0, 1 - 2h / d)`` for a term that a share d of the listings asks for and a share h of the candidates has.

        It is 0 before the first count of the candidates.
        """
        if not self.candidate_counts.candidates or not (asking := self._asking.get(key)):
            return 0.0
        demand = asking / len(self.listings)
        held = self.candidate_counts.held.get(key, 0) / self.candidate_counts.candidates
        return max(0.0, 1 - 2 * held / demand)

    def crowding(self, listing_id: str, expected: Mapping[str, float]) -> float:
        """The share of its score that a listing loses, from 0 to ``MAX_CROWDING``; below 0 if it gains, down to ``-MAX_BONUS``.

        It loses nothing at its fair number of lists (by its seats), and more with each further list; or, if that is more, by its
        ``expected`` rivals (``score.expected_rivals``), so that lists are good before anybody was counted. The fewer lists it is
        in, the more it gains.
        """
        if listing_id not in self.listings:
            return 0.0
        seats, rivals = self.listings[listing_id].seats, expected.get(listing_id, 0.0)
        loss = MAX_EXPECTED * max(0.0, rivals - sum(expected.values()) / self.seats * seats) / rivals if rivals else 0.0
        shown, fair = self.candidate_counts.shown.get(listing_id, 0), self.lists_per_seat * seats
        crowding = (
            loss - MAX_BONUS * (fair - shown) / fair if shown < fair else max(loss, MAX_CROWDING * (shown - fair) / max(1, shown))
        )
        return round(crowding * CROWDING_STEPS) / CROWDING_STEPS
