"""The market: what is asked for and held by all, and which openings are recommended to too many."""

from collections.abc import Iterable
from math import log
from typing import Final

from matching.domain.census import Census
from matching.domain.openings import Opening

MOST_CROWDING: Final = 0.3
"""The most that an opening can lose of its score because it is recommended to many."""


class Market:
    """Rarity, scarcity and crowding, from the openings and the last census of the candidates."""

    def __init__(self, openings: Iterable[Opening] = (), census: Census | None = None) -> None:
        self._openings = 0
        self._asking: dict[str, int] = {}
        self._census = census or Census()
        seats: dict[str, int] = {}
        for opening in openings:
            self._openings += 1
            seats[opening.id] = opening.seats
            for key in opening.asks:
                self._asking[key] = self._asking.get(key, 0) + 1
        places = sum(self._census.shown.get(id, 0) for id in seats)
        per_seat = places / max(1, sum(seats.values()))  # all seats may be taken
        self._crowding = {
            id: MOST_CROWDING * (1 - per_seat * seats[id] / shown)
            for id in seats
            if (shown := self._census.shown.get(id, 0)) > per_seat * seats[id]
        }

    def rarity(self, key: str) -> float:
        """``ln(1 + N / n)`` of a term that n of N openings ask for. One that none asks for is as rare as one asked for once."""
        return log(1 + max(1, self._openings) / self._asking.get(key, 1))

    def scarcity(self, key: str) -> float:
        """From 0 to 1: how much more often a term is asked for than held. 0 while nobody was counted."""
        if not self._census.candidates or not (asking := self._asking.get(key)):
            return 0.0
        demand = asking / self._openings
        return demand / (demand + self._census.held.get(key, 0) / self._census.candidates)

    def crowding(self, opening_id: str) -> float:
        """The part of its score that an opening loses: none up to its fair number of lists, by its seats; then ever more.

        From 0 to ``MOST_CROWDING``. The fair number is what each seat would have if all places in lists were dealt out evenly.
        """
        return self._crowding.get(opening_id, 0.0)
