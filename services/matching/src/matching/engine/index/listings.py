"""All that is open, as arrays, and the best of it for a candidate."""

from bisect import bisect_left
from collections.abc import Mapping
from datetime import datetime
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.engine.index.arrays import FAMILIAR, Floats, Ints, ListingArrays, Longs, Shares, allowed, alone, row
from matching.engine.index.formula import MILLION, SHIFT, suited, weighed
from matching.engine.index.kernels import best
from matching.engine.index.lookups import by_term
from matching.engine.index.names import DISCIPLINES, Names, microseconds
from matching.engine.index.parts import BELONGS, CONDITIONS, CROSSING, DEADLINE, SEATS, Parts
from matching.engine.market import MOST_CROWDING, Market
from matching.engine.score import BEST, KINDS, LEAST_SCORE, Weights
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Candidate, Interest

LEAST = round(LEAST_SCORE * MILLION)


class ListingIndex:
    """A snapshot of the listings, never changed. What is not approved or has no seats only counts in the market."""

    def __init__(self, parts: Parts, market: Market, held: Longs, weights: Weights, names: Names) -> None:
        self.names = names
        self.shares = Shares.of(weights)
        self.ids = parts.ids
        self._parts = parts
        self._worth = np.array([getattr(weights, kind) for kind in KINDS])
        self._rarity, self._demand = _by_term(parts, held, market.candidate_counts.candidates, weights)
        facts, terms = parts.facts, parts.requested_terms.columns[0]
        postings, slots = by_term(terms, int(terms.max(initial=-1)) + 1)
        (mentors,), (taking_part,) = parts.mentors.columns, parts.conferences.columns
        by_mentor = np.argsort(mentors)
        conferences, takes_part = np.unique(taking_part, return_inverse=True)
        marks = np.zeros(len(facts), np.int64)
        np.bitwise_or.at(marks, parts.conferences.owners, np.left_shift(1, takes_part & 63))
        familiar = np.zeros(FAMILIAR + 1, np.bool_)
        familiar[mentors & FAMILIAR] = True
        asking = np.empty(len(terms), np.int32)
        asking[slots] = parts.requested_terms.owners
        self.arrays = ListingArrays(
            postings=postings,
            asking=asking,
            requested_terms=self._requested_terms(parts.requested_terms.starts, parts.requested_terms.columns, slots),
            conditions=facts[:, CONDITIONS].astype(np.int32),
            deadlines=facts[:, DEADLINE].copy(),
            here=1.0 - _crowding(parts, market),
            suits=suited(facts[:, BELONGS], facts[:, CROSSING], len(DISCIPLINES) - 1),
            at=parts.conferences.starts,
            takes_part=takes_part.astype(np.int32),
            conferences=conferences,
            marks=marks,
            mentors=mentors[by_mentor],
            mentored=parts.mentors.owners[by_mentor],
            familiar=familiar,
        )

    def __len__(self) -> int:
        return len(self.ids)

    def best(
        self, candidate: Candidate, interests: Mapping[str, Interest], now: datetime, k: int = BEST
    ) -> list[tuple[str, float]]:
        """The ids of the best listings with their scores, best first, equals by id.

        Those that are available now, that nothing rules out, and whose score, in whole millionths, is not too weak.
        """
        said = candidate.availability
        places = allowed((said.countries, said.work_permission), self.names.countries)
        lists = np.empty((1, k), np.int64)
        one = alone(row(candidate, interests, self.names))
        best(self.arrays, one, self.names.masteries(), places, self.shares, microseconds(now), LEAST, 0, 1, lists)
        chosen, scores = opened(lists[0])
        return [(self.ids[place], score) for place, score in zip(chosen.tolist(), scores.tolist(), strict=True) if place >= 0]

    def alone(self, id: str, now: datetime) -> tuple[ListingArrays, Ints] | None:
        """The arrays of one listing and its terms, both in the order of the terms' keys; None where it is not available."""
        place = bisect_left(self.ids, id)
        if place == len(self.ids) or self.ids[place] != id or self.arrays.deadlines[place] <= microseconds(now):
            return None
        this, requested_terms = slice(place, place + 1), self._parts.requested_terms.row(place)
        places = np.arange(len(requested_terms[0]), dtype=np.int32)
        one = self.arrays._replace(
            requested_terms=self._requested_terms(np.array([0, len(places)]), requested_terms, places),
            conditions=self.arrays.conditions[this],
            here=self.arrays.here[this],
            suits=self.arrays.suits[:, this].copy(),
            conferences=self._parts.conferences.row(place)[0],
            mentors=self._parts.mentors.row(place)[0],
        )
        return one, requested_terms[0]

    def _requested_terms(self, starts: Longs, columns: list[NDArray[Any]], slots: Ints) -> Floats:
        """(asks, 3)"""
        terms, weight, suffices, kinds = columns
        return weighed(starts, terms, weight, suffices, kinds, self._rarity, self._demand, self._worth, slots)


def held_by_term(candidate_counts: CandidateCounts, names: Names) -> Longs:
    """How many hold each term, by its number. Terms that get their numbers later are held by nobody."""
    numbers = [names.term(key) for key in candidate_counts.held]
    held = np.zeros(len(names.terms), np.int64)
    held[numbers] = list(candidate_counts.held.values())
    return held


def _by_term(parts: Parts, held: Longs, candidates: int, weights: Weights) -> tuple[Floats, Floats]:
    """The rarity of each term, and what its demand can add: ``Market.rarity`` and ``scarcity``."""
    asking = np.maximum(1, np.bincount(parts.requested_terms.columns[0]))  # of those that none asks for, nothing is needed
    rarity, demand = np.log(1 + len(parts.ids) / asking), np.zeros(len(asking))
    if candidates:
        demand[: len(held)] = held[: len(asking)] / candidates
        demand = weights.demand * np.maximum(0.0, 1 - 2 * demand * len(parts.ids) / asking)
    return rarity, demand


def _crowding(parts: Parts, market: Market) -> NDArray[np.float64]:
    """(n,): ``Market.crowding``."""
    shown = np.array(list(map(market.candidate_counts.shown.get, parts.ids, repeat(0))), np.float64)
    return MOST_CROWDING * np.maximum(0.0, shown - market.per_seat * parts.facts[:, SEATS]) / np.maximum(1.0, shown)


def opened(lists: Longs) -> tuple[Ints, NDArray[np.float64]]:
    """The listings' places, -1 where there are no more, and the scores of lists as ``kernels.best`` makes them."""
    millionths = -(-lists >> SHIFT)
    return np.where(lists > 0, (millionths << SHIFT) - lists, -1).astype(np.int32), millionths / MILLION
