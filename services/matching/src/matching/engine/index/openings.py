"""All that is open, as arrays, and the best of it for a candidate."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.domain.candidates import Candidate, Interest
from matching.domain.openings import Opening
from matching.engine.index.arrays import Floats, Ints, Longs, OpeningArrays, Shares, allowed, alone, row, starts
from matching.engine.index.formula import MILLION, SOME
from matching.engine.index.kernels import best
from matching.engine.index.names import DISCIPLINES, NEVER, Names, hashes, microseconds, ordinal
from matching.engine.market import Market
from matching.engine.score import BEST, KINDS, LEAST_SCORE, Weights

LEAST = round(LEAST_SCORE * MILLION)

CONDITIONS, DEADLINE, BELONGS, CROSSING = slice(0, 6), 6, 7, 8
"""The columns of a part's ``facts``; ``BELONGS`` holds a bit for each discipline."""

WEIGHT, SUFFICES, KIND = range(3)
"""The columns of a part's ``asks``."""


class Part(NamedTuple):
    """What one opening gives to the arrays, whatever the market."""

    id: str
    facts: Longs
    """(9,)"""
    terms: Ints
    """(asks,), in the order of the keys"""
    asks: Floats
    """(asks, 3)"""
    mentors: Longs
    conferences: Longs
    """Hashes"""


def part(opening: Opening, names: Names) -> Part:
    """The opening in numbers. New terms get theirs."""
    asks, asked = opening.conditions, sorted(opening.asks.items())
    facts = (
        ordinal(asks.starts or asks.ends, NEVER),
        ordinal(asks.ends or asks.starts, 0),
        asks.hours_per_week or 0,
        names.country(asks.country),
        asks.remote,
        asks.work_permission,
        NEVER << 32 if opening.deadline is None else microseconds(opening.deadline),
        sum(1 << DISCIPLINES[discipline] for discipline in set(opening.disciplines)),
        opening.crossing,
    )
    return Part(
        opening.id,
        np.array(facts, np.int64),
        np.array([names.term(key) for key, _ in asked], np.int32),
        np.array([(ask.weight, ask.suffices, KINDS.index(ask.kind)) for _, ask in asked], np.float64).reshape(-1, 3),
        np.array(hashes(sorted(set(opening.mentor_ids))), np.int64),
        np.array(hashes(sorted(set(opening.conference_ids))), np.int64),
    )


def parts(openings: Iterable[Opening], names: Names) -> list[Part]:
    """What each opening gives, in the order of their ids. It is kept for as long as the opening is the same object."""
    known, here = names.parts, {}
    for one in openings:
        if one.open and one.approved and one.seats > 0:
            kept = known.get(one.id)
            here[one.id] = kept if kept and kept[0] is one else (one, part(one, names))
    names.parts = here
    return [here[id][1] for id in sorted(here)]


class Openings:
    """A snapshot of the openings, never changed. What is not open, approved or has no seats is left out.

    To make a new one after a change costs little, as the openings that stayed are the same objects as before.
    """

    def __init__(self, openings: Iterable[Opening], market: Market, weights: Weights, names: Names) -> None:
        self.names = names
        self.shares = Shares.of(weights)
        self._parts = parts(openings, names)
        self.ids = [part.id for part in self._parts]
        lengths = np.array([len(part.terms) for part in self._parts], np.int64)
        self._starts = starts(lengths)
        self._terms: Ints = np.concatenate([np.empty(0, np.int32), *(part.terms for part in self._parts)])
        asking = np.repeat(np.arange(len(lengths)), lengths)
        asks = np.concatenate([np.empty((0, 3)), *(part.asks for part in self._parts)])
        self._asks = weighed(self._terms, asking, asks, market, weights, list(names.terms))
        order = np.argsort(self._terms, kind="stable")

        facts = np.concatenate([np.empty(0, np.int64), *(part.facts for part in self._parts)]).reshape(-1, 9)
        mentors, mentored = _pairs([part.mentors for part in self._parts])
        by_mentor = np.argsort(mentors, kind="stable")
        taking_part, at = _pairs([part.conferences for part in self._parts])
        conferences, takes_part = np.unique(taking_part, return_inverse=True)
        marks = np.zeros(len(facts), np.int64)
        np.bitwise_or.at(marks, at, np.left_shift(1, takes_part & 63))
        self.arrays = OpeningArrays(
            postings=starts(np.bincount(self._terms, minlength=1)),
            asking=asking[order].astype(np.int32),
            asks=self._asks[order],
            conditions=facts[:, CONDITIONS].astype(np.int32),
            deadlines=facts[:, DEADLINE].copy(),
            here=np.array([1.0 - market.crowding(id) for id in self.ids], np.float64),
            suits=_suits(facts[:, BELONGS], facts[:, CROSSING]),
            at=starts(np.bincount(at, minlength=len(facts))),
            takes_part=takes_part.astype(np.int32),
            conferences=conferences,
            marks=marks,
            mentors=mentors[by_mentor],
            mentored=mentored[by_mentor].astype(np.int32),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def best(
        self, candidate: Candidate, interests: Mapping[str, Interest], now: datetime, k: int = BEST
    ) -> list[tuple[str, float]]:
        """The ids of the best openings with their scores, best first, equals by id.

        Those that are available now, that nothing rules out, and whose score, in whole millionths, is not too weak.
        """
        said = candidate.availability
        places = allowed((said.countries, said.work_permission), self.names.countries)
        lists = np.empty((1, k), np.int64)
        one = alone(row(candidate, interests, self.names))
        best(self.arrays, one, self.names.masteries(), places, self.shares, microseconds(now), LEAST, 0, 1, lists)
        chosen, scores = opened(lists[0])
        return [(self.ids[place], score) for place, score in zip(chosen.tolist(), scores.tolist(), strict=True) if place >= 0]

    def alone(self, id: str, now: datetime) -> tuple[OpeningArrays, Ints] | None:
        """The arrays of one opening and its terms, both in the order of the terms' keys; None where it is not available."""
        place = bisect_left(self.ids, id)
        if place == len(self.ids) or self.ids[place] != id or self.arrays.deadlines[place] <= microseconds(now):
            return None
        asked, this = slice(self._starts[place], self._starts[place + 1]), slice(place, place + 1)
        one = self.arrays._replace(
            asks=self._asks[asked],
            conditions=self.arrays.conditions[this],
            here=self.arrays.here[this],
            suits=self.arrays.suits[:, this].copy(),
            conferences=self._parts[place].conferences,
            mentors=self._parts[place].mentors,
        )
        return one, self._terms[asked]


def weighed(terms: Ints, asking: Longs, asks: Floats, market: Market, weights: Weights, keys: list[str]) -> Floats:
    """What each ask can add, as ``score.asked_by`` says: (asks, 3). ``asking``: the place of its opening; ``keys``: by term."""
    asked, of = np.unique(terms, return_inverse=True)
    rarity = np.array([market.rarity(keys[term]) for term in asked.tolist()], np.float64)[of]
    scarcity = np.array([market.scarcity(keys[term]) for term in asked.tolist()], np.float64)[of]
    kind = asks[:, KIND].astype(np.int64)
    worth = np.array([getattr(weights, kind) for kind in KINDS])
    counts = asks[:, WEIGHT] * rarity
    totals = np.bincount(asking * len(KINDS) + kind, counts, minlength=(asking.max(initial=-1) + 1) * len(KINDS))
    stated = (totals.reshape(-1, len(KINDS)) > 0) @ worth
    stated[stated == 0] = 1.0
    share = counts / totals[asking * len(KINDS) + kind]
    gain = share * worth[kind] * weights.content / stated[asking]
    demand = np.where(kind == KINDS.index("skill"), share * weights.demand * scarcity, 0.0)
    return np.column_stack((gain, 1.0 / asks[:, SUFFICES], demand))


def opened(lists: Longs) -> tuple[Ints, NDArray[np.float64]]:
    """The openings' places, -1 where there are no more, and the scores of lists as ``kernels.best`` makes them."""
    millionths = -(-lists // SOME)
    return np.where(lists > 0, millionths * SOME - lists, -1).astype(np.int32), millionths / MILLION


def _pairs(values: list[Longs]) -> tuple[Longs, Longs]:
    """All values, and beside each one the place that it comes from."""
    places = np.repeat(np.arange(len(values)), [len(some) for some in values])
    return np.concatenate([np.empty(0, np.int64), *values]), places


def _suits(belongs: Longs, crossing: Longs) -> NDArray[np.bool_]:
    """(disciplines + 1, n): ``score.crosses_rightly``."""
    numbers = np.arange(len(DISCIPLINES))[:, np.newaxis]
    suits: NDArray[np.bool_] = (belongs != 0) & ((belongs >> numbers & 1) != crossing)
    suits[DISCIPLINES[None]] = False
    return suits
