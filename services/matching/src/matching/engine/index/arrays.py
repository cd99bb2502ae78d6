"""The arrays that the kernels read: listings and candidates in numbers."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.engine.index.numbering import DISCIPLINES, NEVER, Numbering, hashes, ordinal
from matching.engine.score import KINDS, STRONGEST, Weights
from matching.model.candidates import Candidate, Interest

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FIRST_DAY, LAST_DAY, HOURS_ASKED, COUNTRY, REMOTE_ALLOWED, PERMISSION_NEEDED = range(6)
"""The columns of a listing's conditions."""

STARTS, ENDS, HOURS, REMOTE, COUNTRIES, PERMITTED, DISCIPLINE = range(7)
"""The columns of a candidate's facts. ``COUNTRIES`` and ``PERMITTED`` hold numbers of sets of countries."""

SKILL = KINDS.index("skill")

GAIN, RATE, DEMAND, RARITY = range(4)
"""The columns of ``ListingArrays.requested_terms``. ``RATE`` is 1 divided by the mastery that suffices."""


class KernelWeights(NamedTuple):
    """The weights that a kernel needs: of all terms together (``content``), and of everything else."""

    content: float
    similarity: float
    met: float
    discipline: float
    conference: float

    @classmethod
    def of(cls, weights: Weights) -> "KernelWeights":
        return cls(weights.content, weights.similarity, weights.met, weights.discipline, weights.conference)


MENTOR_BITS = 2**14 - 1
"""The lowest bits of a hash, by which ``ListingArrays.mentor_bits`` is indexed."""


class ListingArrays(NamedTuple):
    """n listings, in the order of their ids.

    ``mentor_bits`` and ``conference_bits`` are filters: they tell most non-members without a search.
    """

    postings: Longs
    """(terms + 1,): where each term begins in ``posting_listings`` and ``requested_terms``."""
    posting_listings: Ints
    requested_terms: Floats
    """(postings, 4): what the term can add to the score, by the columns ``GAIN``, ``RATE``, ``DEMAND`` and ``RARITY``."""
    word_postings: Longs
    """(words + 1,): where each word begins in ``word_listings`` and ``word_weights``."""
    word_listings: Ints
    word_weights: Floats
    """(postings,): the word's weight in the listing times its rarity."""
    conditions: Ints
    """(n, 6)."""
    deadlines: Longs
    """(n,): in microseconds since 1970."""
    uncrowded: Floats
    """(n,): 1 - crowding."""
    fits_discipline: NDArray[np.int8]
    """(disciplines + 1, n): 1 if the listing is for people of the discipline; 0 for an unknown discipline, the last row."""
    conference_starts: Longs
    """(n + 1,): where each listing begins in ``conference_places``, which holds indexes into ``conferences``."""
    conference_places: Ints
    conferences: Longs
    """(distinct conferences,): hashes, sorted."""
    conference_rarities: Floats
    """(distinct conferences,)."""
    conference_bits: Longs
    """(n,): the bit ``place & 63`` is set for each conference of the listing."""
    mentors: Longs
    """(pairs of a mentor and a listing,): hashes of the mentors, sorted."""
    mentored_listings: Ints
    """(pairs,): the listing of each pair."""
    mentor_bits: Flags
    """(2**14,): whether any mentor's hash ends with these bits."""


class CandidateArrays(NamedTuple):
    """n candidates."""

    facts: Ints
    """(n, 7)."""
    strongest: Floats
    """(n,): the sum of each candidate's strongest masteries."""
    term_starts: Longs
    terms: Ints
    """Each candidate's terms, in the order of their keys, so that sums are equal in every kernel."""
    masteries: NDArray[np.uint16]
    """The number of each mastery."""
    word_starts: Longs
    words: Ints
    """Each candidate's words, in the order of their stems."""
    shares: NDArray[np.uint16]
    """The number of each word's share."""
    met_starts: Longs
    met: Longs
    conference_starts: Longs
    conferences: Longs


class Postings(NamedTuple):
    """The rows that have each term or word. ``starts``, (distinct + 1,): where each begins in ``rows`` and ``masteries``."""

    starts: Longs
    rows: Ints
    masteries: NDArray[np.uint16]


class Encounters(NamedTuple):
    """Who met whom: the hashes of persons, sorted, and the row of the candidate who met each of them."""

    persons: Longs
    rows: Ints


class CandidateRow(NamedTuple):
    """One candidate in numbers."""

    facts: tuple[int, ...]
    strongest: float
    terms: list[int]
    masteries: list[int]
    words: list[int]
    shares: list[int]
    met: list[int]
    conferences: list[int]


def candidate_row(
    candidate: Candidate, interests: Mapping[str, Interest], words: Mapping[str, float], numbering: Numbering
) -> CandidateRow:
    """The candidate in numbers. New terms and words are numbered."""
    terms, numbers, masteries = [], [], []
    for key, mastery in sorted((key, interest.mastery) for key, interest in interests.items()):
        if not mastery:
            continue
        terms.append(numbering.term(key))
        numbers.append(numbering.mastery(mastery))
        masteries.append(mastery)
    masteries.sort(reverse=True)
    availability = candidate.availability
    facts = (
        ordinal(availability.starts, 0),
        ordinal(availability.ends, NEVER),
        availability.hours_per_week or NEVER,
        availability.remote is not False,
        numbering.place(availability.countries),
        numbering.place(availability.work_permission),
        DISCIPLINES[candidate.discipline],
    )
    met, conferences = hashes(sorted(candidate.met)), hashes(sorted(candidate.conference_ids))
    stems = sorted(words)
    said, shares = [numbering.word(stem) for stem in stems], [numbering.mastery(words[stem]) for stem in stems]
    return CandidateRow(facts, sum(masteries[:STRONGEST]), terms, numbers, said, shares, met, conferences)


def single_candidate(row: CandidateRow) -> CandidateArrays:
    """Arrays of one candidate. Its sets of countries have the numbers 0 (where they work) and 1 (where they may work)."""
    facts = np.array([row.facts], np.int32)
    facts[0, COUNTRIES], facts[0, PERMITTED] = 0, 1
    return CandidateArrays(
        facts,
        np.array([row.strongest], np.float64),
        np.array([0, len(row.terms)], np.int64),
        np.array(row.terms, np.int32),
        np.array(row.masteries, np.uint16),
        np.array([0, len(row.words)], np.int64),
        np.array(row.words, np.int32),
        np.array(row.shares, np.uint16),
        np.array([0, len(row.met)], np.int64),
        np.array(row.met, np.int64),
        np.array([0, len(row.conferences)], np.int64),
        np.array(row.conferences, np.int64),
    )


def allowed(places: Iterable[frozenset[str] | None], countries: Iterable[str | None]) -> Flags:
    """(places, countries): whether each set contains each country. An unknown set or country excludes nothing."""
    columns = list(countries)
    rows = [[country is None or place is None or country in place for country in columns] for place in places]
    return np.array(rows, np.bool_).reshape(len(rows), len(columns))
