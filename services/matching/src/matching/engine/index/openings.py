"""All that is open, as arrays, and the best of it for a candidate."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import numpy as np

from matching.domain.candidates import Candidate, Interest
from matching.domain.openings import Opening
from matching.engine.index.arrays import NEVER, OpeningArrays, Shares, allowed, alone, row, starts
from matching.engine.index.formula import MILLION
from matching.engine.index.kernels import best
from matching.engine.index.names import DISCIPLINES, Names, hashes, microseconds, ordinal
from matching.engine.market import Market
from matching.engine.score import BEST, LEAST_SCORE, Weights, asked_by

LEAST = round(LEAST_SCORE * MILLION)


class Part(NamedTuple):
    """What one opening gives to the arrays."""

    terms: list[int]
    asks: list[tuple[float, float, float]]
    conditions: tuple[int, ...]
    country: str | None
    deadline: int
    here: float
    mentors: list[int]
    conferences: list[int]


def part(opening: Opening, market: Market, weights: Weights, names: Names) -> Part:
    """The opening in numbers. New terms get theirs."""
    asked = sorted(asked_by(opening, market, weights).items())
    asks = opening.conditions
    conditions = (
        ordinal(asks.starts or asks.ends, NEVER),
        ordinal(asks.ends or asks.starts, 0),
        asks.hours_per_week or 0,
        names.country(asks.country),
        asks.remote,
        asks.work_permission,
        sum(1 << DISCIPLINES[discipline] for discipline in set(opening.disciplines)),
        opening.crossing,
    )
    return Part(
        [names.term(key) for key, _ in asked],
        [(one.gain, 1 / one.suffices, one.demand) for _, one in asked],
        conditions,
        asks.country or None,
        NEVER << 32 if opening.deadline is None else microseconds(opening.deadline),
        1.0 - market.crowding(opening.id),
        hashes(sorted(set(opening.mentor_ids))),
        hashes(sorted(set(opening.conference_ids))),
    )


def packed(parts: list[Part], terms: int) -> OpeningArrays:
    """The arrays of openings in this order. ``terms``: how many there are."""
    numbers = np.arange(len(parts))
    lengths = np.array([len(part.terms) for part in parts], np.int64)
    flat = np.array([term for part in parts for term in part.terms], np.int32)
    order = np.argsort(flat, kind="stable")
    met = np.array([mentor for part in parts for mentor in part.mentors], np.int64)
    by_mentor = np.argsort(met, kind="stable")
    at = np.array([len(part.conferences) for part in parts], np.int64)
    conferences, takes_part = np.unique(
        np.array([one for part in parts for one in part.conferences], np.int64), return_inverse=True
    )
    return OpeningArrays(
        starts(np.bincount(flat, minlength=terms)),
        np.repeat(numbers, lengths)[order].astype(np.int32),
        np.array([ask for part in parts for ask in part.asks], np.float64).reshape(-1, 3)[order],
        np.array([part.conditions for part in parts], np.int32).reshape(-1, 8),
        np.array([part.deadline for part in parts], np.int64),
        np.array([part.here for part in parts], np.float64),
        starts(at),
        takes_part.astype(np.int32),
        conferences,
        met[by_mentor],
        np.repeat(numbers, [len(part.mentors) for part in parts])[by_mentor].astype(np.int32),
    )


class Openings:
    """A snapshot of the openings, never changed. What is not open, approved or has no seats is left out."""

    def __init__(self, openings: Iterable[Opening], market: Market, weights: Weights, names: Names) -> None:
        self.names = names
        self.shares = Shares.of(weights)
        here = sorted((one for one in openings if one.open and one.approved and one.seats > 0), key=lambda one: one.id)
        self.ids = [one.id for one in here]
        self._parts = [part(one, market, weights, names) for one in here]
        self.arrays = packed(self._parts, len(names.terms))

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, id: str, now: datetime) -> Part | None:
        """What an opening gives; None where it is not available."""
        place = bisect_left(self.ids, id)
        if place == len(self.ids) or self.ids[place] != id or self._parts[place].deadline <= microseconds(now):
            return None
        return self._parts[place]

    def best(
        self, candidate: Candidate, interests: Mapping[str, Interest], now: datetime, k: int = BEST
    ) -> list[tuple[str, float]]:
        """The ids of the best openings with their scores, best first, equals by id.

        Those that are available now, that nothing rules out, and whose score, in whole millionths, is not too weak.
        """
        said = candidate.availability
        places = allowed((said.countries, said.work_permission), self.names.countries)
        chosen, scores = np.empty((1, k), np.int32), np.empty((1, k), np.int32)
        best(
            self.arrays,
            alone(row(candidate, interests, self.names)),
            self.names.masteries(),
            places,
            self.shares,
            microseconds(now),
            LEAST,
            0,
            1,
            chosen,
            scores,
        )
        found = int((chosen[0] >= 0).sum())
        return [
            (self.ids[opening], score / MILLION)
            for opening, score in zip(chosen[0, :found], scores[0, :found].tolist(), strict=True)
        ]
