"""The open listings as arrays, and the best of them for a candidate."""

from bisect import bisect_left
from collections.abc import Mapping
from datetime import datetime
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.engine.index.arrays import (
    GAIN,
    MENTOR_BITS,
    Floats,
    Ints,
    KernelWeights,
    ListingArrays,
    Longs,
    allowed,
    candidate_row,
    single_candidate,
)
from matching.engine.index.compiled_score import MILLION, SHIFT, discipline_fits, postings_of_words, term_gains
from matching.engine.index.listing_columns import (
    CONDITIONS,
    CROSSING,
    DEADLINE,
    DISCIPLINE_BITS,
    SEATS,
    UNAVAILABLE,
    ListingColumns,
)
from matching.engine.index.lookups import group_by_term
from matching.engine.index.numbering import DISCIPLINES, Numbering, microseconds
from matching.engine.index.ruled_out import ruled_out_by
from matching.engine.index.top_k import best
from matching.engine.score import BEST, KINDS, MIN_SCORE, NO_WORDS, WORTH, Weights
from matching.engine.supply_and_demand import COMMON, CROWDING_STEPS, FEW, MAX_BONUS, MAX_CROWDING, MAX_EXPECTED, Market
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Candidate, Interest
from matching.model.commitments import FREE, Commitments

MIN_MILLIONTHS = round(MIN_SCORE * MILLION)


class ListingIndex:
    """An immutable snapshot of the listings. Listings that do not recruit or have no seats only count in the market."""

    def __init__(self, columns: ListingColumns, market: Market, holders: Longs, weights: Weights, numbering: Numbering) -> None:
        self.numbering = numbering
        self.weights = KernelWeights.of(weights)
        self.ids = columns.ids
        self._columns = columns
        self._kind_weights = np.array([getattr(weights, kind) for kind in KINDS])
        self._loudest = market.loudest
        self._rarity_of_words = _rarity_of_words(columns)
        self._rarity, self._demand = _by_term(columns, holders, market.candidate_counts.candidates, weights)
        facts, terms = columns.facts, columns.requested_terms.columns[0]
        postings, slots = group_by_term(terms, int(terms.max(initial=-1)) + 1)
        (mentors,), (taking_part,) = columns.mentors.columns, columns.conferences.columns
        by_mentor = np.argsort(mentors)
        conferences, conference_places, hosting = np.unique(taking_part, return_inverse=True, return_counts=True)
        conference_bits = np.zeros(len(facts), np.int64)
        np.bitwise_or.at(conference_bits, columns.conferences.owners, np.left_shift(1, conference_places & 63))
        mentor_bits = np.zeros(MENTOR_BITS + 1, np.bool_)
        mentor_bits[mentors & MENTOR_BITS] = True
        posting_listings = np.empty(len(terms), np.int32)
        posting_listings[slots] = columns.requested_terms.owners
        words, counts = columns.words.columns
        word_postings, word_listings, word_weights = postings_of_words(columns.words.starts, words, counts, self._rarity_of_words)
        requested_terms = self._requested_terms(columns.requested_terms.starts, columns.requested_terms.columns, slots)
        asking = np.repeat(np.diff(postings), np.diff(postings)) / max(1, len(columns.ids))
        rivals = np.bincount(posting_listings, requested_terms[:, GAIN] * asking, len(columns.ids)).astype(np.float64)
        self.arrays = ListingArrays(
            postings=postings,
            posting_listings=posting_listings,
            requested_terms=requested_terms,
            word_postings=word_postings,
            word_listings=word_listings,
            word_weights=word_weights,
            conditions=facts[:, CONDITIONS].astype(np.int32),
            deadlines=facts[:, DEADLINE].copy(),
            uncrowded=1.0 - _crowding(columns, market, rivals),
            fits_discipline=discipline_fits(facts[:, DISCIPLINE_BITS], facts[:, CROSSING], len(DISCIPLINES) - 1),
            conference_starts=columns.conferences.starts,
            conference_places=conference_places.astype(np.int32),
            conferences=conferences,
            conference_rarities=np.log(max(1, len(columns.ids)) / hosting) / self._loudest,
            conference_bits=conference_bits,
            mentors=mentors[by_mentor],
            mentored_listings=columns.mentors.owners[by_mentor],
            mentor_bits=mentor_bits,
        )

    def __len__(self) -> int:
        return len(self.ids)

    def best(
        self,
        candidate: Candidate,
        interests: Mapping[str, Interest],
        now: datetime,
        k: int = BEST,
        commitments: Commitments = FREE,
        words: Mapping[str, float] = NO_WORDS,
    ) -> list[tuple[str, float]]:
        """The ids of the ``k`` best listings with their scores, best first, equal scores by id.

        It includes only listings that are available now, are not ruled out by conditions or commitments, and score at least
        ``MIN_SCORE``.
        """
        listings, availability = self.arrays, candidate.availability
        if commitments != FREE:
            excluded = ruled_out_by(commitments, availability.hours_per_week, self._columns)
            listings = listings._replace(deadlines=np.where(excluded, UNAVAILABLE, listings.deadlines))
        places = allowed((availability.countries, availability.work_permission), self.numbering.countries)
        lists = np.empty((1, k), np.int64)
        arrays = single_candidate(candidate_row(candidate, interests, words, self.numbering))
        best(listings, arrays, self.numbering.masteries(), places, self.weights, microseconds(now), MIN_MILLIONTHS, 0, 1, lists)
        chosen, scores = unpack(worthwhile(lists)[0])
        return [(self.ids[place], score) for place, score in zip(chosen.tolist(), scores.tolist(), strict=True) if place >= 0]

    def crowding(self, id: str) -> float:
        """``Market.crowding`` of a listing."""
        place = bisect_left(self.ids, id)
        return 1.0 - float(self.arrays.uncrowded[place])

    def single(self, id: str, now: datetime) -> tuple[ListingArrays, Ints, Ints] | None:
        """Arrays of one listing, its terms and its words, all in the order of their keys; None if it is not available."""
        place = bisect_left(self.ids, id)
        if place == len(self.ids) or self.ids[place] != id or self.arrays.deadlines[place] <= microseconds(now):
            return None
        first, last = self.arrays.conference_starts[place : place + 2]
        taking_part = self.arrays.conference_places[first:last]
        this, requested_terms = slice(place, place + 1), self._columns.requested_terms.row(place)
        places = np.arange(len(requested_terms[0]), dtype=np.int32)
        words, counts = self._columns.words.row(place)
        rare = self._rarity_of_words[words] > 0.0
        arrays = self.arrays._replace(
            word_weights=(counts * self._rarity_of_words[words])[rare],
            requested_terms=self._requested_terms(np.array([0, len(places)]), requested_terms, places),
            conditions=self.arrays.conditions[this],
            uncrowded=self.arrays.uncrowded[this],
            fits_discipline=self.arrays.fits_discipline[:, this].copy(),
            conferences=self.arrays.conferences[taking_part],
            conference_rarities=self.arrays.conference_rarities[taking_part],
            mentors=self._columns.mentors.row(place)[0],
        )
        return arrays, requested_terms[0], words[rare]

    def _requested_terms(self, starts: Longs, columns: list[NDArray[Any]], slots: Ints) -> Floats:
        """(requested terms, 4): see ``ListingArrays.requested_terms``."""
        terms, weight, suffices, kinds = columns
        return term_gains(
            starts, terms, weight, suffices, kinds, self._rarity, self._loudest, self._demand, self._kind_weights, slots
        )


def holders_by_term(candidate_counts: CandidateCounts, numbering: Numbering) -> Longs:
    """How many candidates have each term, by the term's number. Nobody has a term that is numbered later."""
    numbers = [numbering.term(key) for key in candidate_counts.held]
    holders = np.zeros(len(numbering.terms), np.int64)
    holders[numbers] = list(candidate_counts.held.values())
    return holders


def _by_term(columns: ListingColumns, holders: Longs, candidates: int, weights: Weights) -> tuple[Floats, Floats]:
    """``Market.rarities``, and the weight of demand times ``Market.scarcity``, by term."""
    asking = np.maximum(1, np.bincount(columns.requested_terms.columns[0]))  # a term that no listing asks for is never looked up
    rarity, demand = _rarity(asking, columns), np.zeros(len(asking))
    if candidates:
        demand[: len(holders)] = holders[: len(asking)] / candidates
        demand = weights.demand * np.maximum(0.0, 1 - 2 * demand * len(columns.ids) / asking)
    return rarity, demand


def _rarity_of_words(columns: ListingColumns) -> Floats:
    """``Market.rarity_of_word``, by word."""
    saying = np.bincount(columns.words.columns[0])
    return np.where(saying > max(FEW, COMMON * len(columns.ids)), 0.0, _rarity(np.maximum(1, saying), columns))


def _rarity(among: NDArray[np.int64], columns: ListingColumns) -> Floats:
    """The rarity for each number of listings in ``among``, which are at least 1."""
    listings = max(1, len(columns.ids))
    rarity: Floats = np.log(1 + listings / among) / np.log(1 + listings)
    return rarity


def _crowding(columns: ListingColumns, market: Market, expected: Floats) -> Floats:
    """(n,): ``Market.crowding`` of each listing. ``expected``: (n,), the rivals that each is expected to have."""
    seats = columns.facts[:, SEATS]
    loss = (
        MAX_EXPECTED * np.maximum(0.0, expected - expected.sum() / market.seats * seats) / np.where(expected > 0, expected, 1.0)
    )
    shown = np.array(list(map(market.candidate_counts.shown.get, columns.ids, repeat(0))), np.float64)
    fair = market.lists_per_seat * seats
    bonus = MAX_BONUS * (fair - shown) / np.where(fair > 0, fair, 1.0)
    crowding = np.where(shown < fair, loss - bonus, np.maximum(loss, MAX_CROWDING * (shown - fair) / np.maximum(1.0, shown)))
    rounded: Floats = np.rint(crowding * CROWDING_STEPS) / CROWDING_STEPS
    return rounded


def worthwhile(lists: Longs) -> Longs:
    """The lists, (n, k), without entries that are too weak compared to the first one; see ``score.least_beside``."""
    part, whole = WORTH
    scores = -(-lists >> SHIFT)
    return np.where(scores * whole >= scores[:, :1] * part, lists, 0)


def unpack(lists: Longs) -> tuple[Ints, NDArray[np.float64]]:
    """Split the entries that ``top_k.best`` makes: the places of listings, -1 where a list has no more, and their scores."""
    millionths = -(-lists >> SHIFT)
    return np.where(lists > 0, (millionths << SHIFT) - lists, -1).astype(np.int32), millionths / MILLION
