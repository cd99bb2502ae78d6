"""How listings and candidates lie in arrays: what the kernels read."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.engine.index.names import DISCIPLINES, NEVER, Names, hashes, ordinal
from matching.engine.score import KINDS, STRONGEST, Weights
from matching.model.candidates import Candidate, Interest

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FIRST, LAST, ASKED_HOURS, COUNTRY, FROM_AFAR, PERMISSION = range(6)
"""The columns of a listing's conditions."""

STARTS, ENDS, HOURS, REMOTE, COUNTRIES, PERMITTED, DISCIPLINE = range(7)
"""The columns of a candidate's facts. ``COUNTRIES`` and ``PERMITTED`` are numbers of sets."""

SKILL = KINDS.index("skill")

GAIN, RATE, DEMAND = range(3)
"""The columns of what a listing's ask can add: ``RATE`` is by how much a mastery of 1 is more than what suffices."""


class Shares(NamedTuple):
    """The weights of what is no term, and of all terms together."""

    content: float
    met: float
    discipline: float
    conference: float

    @classmethod
    def of(cls, weights: Weights) -> "Shares":
        return cls(weights.content, weights.met, weights.discipline, weights.conference)


FAMILIAR = 2**14 - 1
"""The bits of a hash that ``ListingArrays.familiar`` looks at."""


class ListingArrays(NamedTuple):
    """n listings, in the order of their ids."""

    postings: Longs
    """(terms + 1,): where the listings that ask for a term begin in the next two."""
    asking: Ints
    requested_terms: Floats
    """(postings, 3)"""
    conditions: Ints
    """(n, 6)"""
    deadlines: Longs
    """(n,), in microseconds since 1970"""
    here: Floats
    """(n,): 1 - crowding"""
    suits: NDArray[np.int8]
    """(disciplines + 1, n): 1 if somebody of a discipline is asked for; nobody is whose discipline is not known"""
    at: Longs
    """(n + 1,): where the conferences of a listing begin in the next one, which holds their places in the one after"""
    takes_part: Ints
    conferences: Longs
    """(distinct conferences,): hashes, sorted"""
    marks: Longs
    """(n,): a bit, ``place & 63``, for each conference of a listing: most can be told from those attended by it"""
    mentors: Longs
    """(pairs of a mentor and a listing,): hashes, sorted"""
    mentored: Ints
    """(pairs,)"""
    familiar: Flags
    """(2**14,): whether a mentor's hash ends with these bits: most of the persons met are told from mentors by it"""


class CandidateArrays(NamedTuple):
    """n candidates."""

    facts: Ints
    """(n, 7)"""
    strongest: Floats
    """(n,): the sum of their strongest masteries"""
    term_starts: Longs
    terms: Ints
    """In the order of the terms' keys, which makes sums the same in every kernel"""
    masteries: NDArray[np.uint16]
    """By their numbers"""
    met_starts: Longs
    met: Longs
    conference_starts: Longs
    conferences: Longs


class CandidateRow(NamedTuple):
    """A candidate, to be put into arrays."""

    facts: tuple[int, ...]
    strongest: float
    terms: list[int]
    masteries: list[int]
    met: list[int]
    conferences: list[int]


def row(candidate: Candidate, interests: Mapping[str, Interest], names: Names) -> CandidateRow:
    """The candidate in numbers. New terms get theirs."""
    terms, numbers, masteries = [], [], []
    for key, mastery in sorted((key, interest.mastery) for key, interest in interests.items()):
        if not mastery:
            continue
        terms.append(names.term(key))
        numbers.append(names.mastery(mastery))
        masteries.append(mastery)
    masteries.sort(reverse=True)
    said = candidate.availability
    facts = (
        ordinal(said.starts, 0),
        ordinal(said.ends, NEVER),
        said.hours_per_week or NEVER,
        said.remote is not False,
        names.place(said.countries),
        names.place(said.work_permission),
        DISCIPLINES[candidate.discipline],
    )
    met, conferences = hashes(sorted(candidate.met)), hashes(sorted(candidate.conference_ids))
    return CandidateRow(facts, sum(masteries[:STRONGEST]), terms, numbers, met, conferences)


def alone(one: CandidateRow) -> CandidateArrays:
    """The arrays of one candidate, whose sets of countries are numbered 0 (where to work) and 1 (where permitted)."""
    facts = np.array([one.facts], np.int32)
    facts[0, COUNTRIES], facts[0, PERMITTED] = 0, 1
    return CandidateArrays(
        facts,
        np.array([one.strongest], np.float64),
        np.array([0, len(one.terms)], np.int64),
        np.array(one.terms, np.int32),
        np.array(one.masteries, np.uint16),
        np.array([0, len(one.met)], np.int64),
        np.array(one.met, np.int64),
        np.array([0, len(one.conferences)], np.int64),
        np.array(one.conferences, np.int64),
    )


def allowed(places: Iterable[frozenset[str] | None], countries: Iterable[str | None]) -> Flags:
    """(places, countries): whether the country is in the set; what is not known excludes nothing."""
    columns = list(countries)
    rows = [[country is None or place is None or country in place for country in columns] for place in places]
    return np.array(rows, np.bool_).reshape(len(rows), len(columns))
