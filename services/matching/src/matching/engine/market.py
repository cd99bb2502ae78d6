"""The market: what is asked for and held by all, and which openings are recommended to too many."""

from collections.abc import Iterable
from itertools import repeat
from math import log
from typing import Final

from matching.model.census import Census
from matching.model.openings import Opening

MOST_CROWDING: Final = 0.3
"""The most that an opening can lose of its score because it is recommended to many."""


class Market:
    """Rarity, scarcity and crowding, from the openings and the last census of the candidates. Never changed."""

    def __init__(self, openings: Iterable[Opening] = (), census: Census | None = None) -> None:
        self.census = census or Census()
        self._asking: dict[str, int] = {}
        self._seats: dict[str, int] = {}
        self._count((), openings)

    def changed(self, before: Iterable[Opening], after: Iterable[Opening], census: Census) -> "Market":
        """The market where the openings ``before`` are those ``after``; it costs much less than to count them all."""
        market = Market(census=census)
        market._asking, market._seats = self._asking.copy(), self._seats.copy()
        market._count(before, after)
        return market

    def _count(self, before: Iterable[Opening], after: Iterable[Opening]) -> None:
        for opening in before:
            del self._seats[opening.id]
            for key in opening.asks:
                self._asking[key] -= 1
        for opening in after:
            self._seats[opening.id] = opening.seats
            for key in opening.asks:
                self._asking[key] = self._asking.get(key, 0) + 1
        places = sum(map(self.census.shown.get, self._seats, repeat(0)))
        self.per_seat = places / max(1, sum(self._seats.values()))  # all seats may be taken
        """The fair number of lists for each seat: what it would have if all places in lists were dealt out evenly."""

    def rarity(self, key: str) -> float:
        """``ln(1 + N / n)`` of a term that n of N openings ask for. One that none asks for is as rare as one asked for once."""
        return log(1 + max(1, len(self._seats)) / (self._asking.get(key) or 1))

    def scarcity(self, key: str) -> float:
        """From 0 to 1: ``1 - 2h / d`` of a term that the part d of the openings asks for, and the part h of the candidates has.

        0 where at least half as many have it as ask for it, and while nobody was counted; 1 where nobody has it.
        """
        if not self.census.candidates or not (asking := self._asking.get(key)):
            return 0.0
        demand = asking / len(self._seats)
        held = self.census.held.get(key, 0) / self.census.candidates
        return max(0.0, 1 - 2 * held / demand)

    def crowding(self, opening_id: str) -> float:
        """The part of its score that an opening loses: none up to its fair number of lists, by its seats; then ever more.

        From 0 to ``MOST_CROWDING``.
        """
        if opening_id not in self._seats:
            return 0.0
        shown, fair = self.census.shown.get(opening_id, 0), self.per_seat * self._seats[opening_id]
        return MOST_CROWDING * max(0.0, shown - fair) / max(1, shown)
