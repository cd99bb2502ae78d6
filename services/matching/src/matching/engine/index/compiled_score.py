"""The formula of ``engine.score`` as compiled functions over arrays.

Sums are computed in double precision, in the order of the terms' keys. Scores are compared as whole millionths, and equal ones
by id. So a list does not depend on the kernel, or on the order in which listings and candidates arrived.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.index.arrays import (
    DEMAND,
    ENDS,
    FIRST_DAY,
    GAIN,
    HOURS,
    HOURS_ASKED,
    LAST_DAY,
    PERMISSION_NEEDED,
    RARITY,
    RATE,
    REMOTE,
    REMOTE_ALLOWED,
    SKILL,
    STARTS,
    Floats,
    Ints,
    KernelWeights,
    Longs,
)
from matching.engine.machine_code import compiled
from matching.engine.score import SURE

MILLION: Final = 1_000_000
"""Scores are compared as whole millionths."""

SHIFT: Final = 32
ENTRY_SCALE: Final = 1 << SHIFT
"""An entry of a list is one number, ``millionths * ENTRY_SCALE - listing``, so that the larger entry is the better one."""

OF_TERMS, OF_DEMAND, IN_COMMON, MET = range(4)
"""The columns of a pair's sums: the gains of terms, demand, the candidate's masteries times the terms' rarity, and 1 if they
met."""
SUMS: Final = 4
"""The number of columns."""


@compiled
def term_gains(
    starts: Longs,
    terms: Ints,
    weight: Floats,
    suffices: Floats,
    kinds: NDArray[np.int8],
    rarity: Floats,
    loudest: float,
    demand: Floats,
    kind_weights: Floats,
    slots: Ints,
) -> Floats:
    """(requested terms, 4): ``score.term_contributions`` of each requested term, stored at the term's slot.

    ``starts``: where each listing's terms begin; ``rarity`` and ``demand``: by term; ``loudest``: the divisor of rarities;
    ``kind_weights``: by kind.
    """
    gains = np.zeros((len(terms), 4))
    totals = np.empty(len(kind_weights))
    for listing in range(len(starts) - 1):
        totals[:] = 0.0
        for at in range(starts[listing], starts[listing + 1]):
            totals[kinds[at]] += weight[at] * (rarity[terms[at]] * loudest)
        requested = 0.0
        for kind in range(len(kind_weights)):
            if totals[kind] > 0.0:
                requested += kind_weights[kind]
        for at in range(starts[listing], starts[listing + 1]):
            share = weight[at] * (rarity[terms[at]] * loudest) / totals[kinds[at]]
            if requested > 0.0:
                gains[slots[at], GAIN] = share * rarity[terms[at]] * kind_weights[kinds[at]] * kind_weights.sum() / requested
            gains[slots[at], RATE] = 1.0 / suffices[at]
            gains[slots[at], RARITY] = rarity[terms[at]]
            if kinds[at] == SKILL:
                gains[slots[at], DEMAND] = share * demand[terms[at]]
    return gains


@compiled
def postings_of_words(starts: Longs, words: Ints, counts: Floats, rarity: Floats) -> tuple[Longs, Ints, Floats]:
    """``ListingArrays.word_postings``, ``word_listings`` and ``word_weights``, without words whose rarity is 0.

    ``starts``: where each listing's words begin; ``rarity``: by word.
    """
    postings = np.zeros(len(rarity) + 1, np.int64)
    for word in words:
        postings[word + 1] += rarity[word] > 0.0
    postings = np.cumsum(postings)
    free = postings.copy()
    listings, weights = np.empty(postings[-1], np.int32), np.empty(postings[-1], np.float64)
    for listing in range(len(starts) - 1):
        for at in range(starts[listing], starts[listing + 1]):
            word = words[at]
            if rarity[word] > 0.0:
                listings[free[word]] = listing
                weights[free[word]] = counts[at] * rarity[word]
                free[word] += 1
    return postings, listings, weights


@compiled
def discipline_fits(discipline_bits: Longs, crossing: Longs, disciplines: int) -> NDArray[np.int8]:
    """(disciplines + 1, n): 1 where ``score.discipline_fits`` is true. The last row is for an unknown discipline.

    ``discipline_bits``: for each listing, a bit for each of its disciplines.
    """
    fits = np.zeros((disciplines + 1, len(discipline_bits)), np.int8)
    for discipline in range(disciplines):
        for listing in range(len(discipline_bits)):
            bits = discipline_bits[listing]
            fits[discipline, listing] = (bits != 0) & ((bits >> discipline & 1) != crossing[listing])
    return fits


@compiled
def add(sums: Floats, row: int | np.uint32, gains: Floats, slot: int, mastery: float) -> None:
    """Add one term in common to a pair's sums, (rows, SUMS). ``gains``: (any, 4), as ``term_gains`` makes them."""
    fit = min(1.0, mastery * gains[slot, RATE])
    sums[row, OF_TERMS] += gains[slot, GAIN] * fit
    sums[row, OF_DEMAND] += gains[slot, DEMAND] * fit * (mastery >= SURE)
    sums[row, IN_COMMON] += mastery * gains[slot, RARITY]


@compiled
def is_match(sums: Floats, alike: Floats, row: int | np.uint32) -> bool:
    """Whether the pair has a term or word in common, or has met. Otherwise, it is not a match."""
    return bool((sums[row, IN_COMMON] != 0.0) | (sums[row, MET] != 0.0) | (alike[row] != 0.0))


@compiled
def fraction(
    sums: Floats, row: int | np.uint32, alike: float, slope: float, weights: KernelWeights, mutual: float, uncrowded: float
) -> tuple[float, float]:
    """A pair's score as numerator and denominator; both are 0 if nothing adds to the score.

    ``sums``: (rows, SUMS); ``alike``: the similarity of their words; ``slope``: ``weights.content`` divided by the sum of the
    candidate's strongest masteries; ``mutual``: what discipline and conference add.
    """
    extra = mutual + weights.met * sums[row, MET] + sums[row, OF_DEMAND]
    extra += weights.similarity * min(1.0, alike)
    a = extra + min(weights.content, slope * sums[row, IN_COMMON])
    b = extra + sums[row, OF_TERMS]
    return uncrowded * 2.0 * a * b, a + b


@compiled
def millionths(numerator: float, denominator: float) -> np.int32:
    """A score in millionths, as scores are compared. 0 / 0 counts as 0, because this ``max`` prefers 0.0 to NaN."""
    return np.int32(min(1.0, max(0.0, numerator / denominator)) * MILLION + 0.5)


@compiled
def ruled_out(conditions: Ints, listing: int | np.int64, facts: Ints, row: int, in_place: bool, permitted: bool) -> bool:
    """Whether ``model.candidates.obstacle`` would find an obstacle. ``conditions``: (listings, 6); ``facts``: (rows, 7)."""
    dates = (facts[row, STARTS] > conditions[listing, FIRST_DAY]) | (facts[row, ENDS] < conditions[listing, LAST_DAY])
    hours = facts[row, HOURS] < conditions[listing, HOURS_ASKED]
    place = (not in_place) & ((conditions[listing, REMOTE_ALLOWED] == 0) | (facts[row, REMOTE] == 0))
    permission = (conditions[listing, PERMISSION_NEEDED] != 0) & (not permitted)
    return bool(dates | hours | place | permission)  # without branches, which the processor would often predict wrongly
