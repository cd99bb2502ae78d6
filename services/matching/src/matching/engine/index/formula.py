"""The loops, as machine code: the formula of ``engine.score`` over arrays.

Sums are taken in the order of the terms' keys in double precision, and scores are compared as whole millionths, equals by
id. So a list depends neither on the order in which things came nor on the kernel that made it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from matching.engine.compiled import compiled
from matching.engine.index.arrays import (
    ASKED_HOURS,
    DEMAND,
    ENDS,
    FIRST,
    FROM_AFAR,
    GAIN,
    HOURS,
    LAST,
    PERMISSION,
    RATE,
    REMOTE,
    SKILL,
    STARTS,
    Floats,
    Ints,
    Longs,
    Shares,
)

MILLION: Final = 1_000_000
"""Scores are compared as whole millionths."""

SHIFT: Final = 32
SOME: Final = 1 << SHIFT
"""A place in a list is one number: the score in millionths, times this, less the number of the listing."""

OF_TERMS, OF_DEMAND, IN_COMMON, MET = range(4)
"""What is summed up for a pair: b's terms, the demand, a's masteries, each greater than 0; and 1, if they met."""


@compiled
def weighed(
    starts: Longs,
    terms: Ints,
    weight: Floats,
    suffices: Floats,
    kinds: NDArray[np.int8],
    rarity: Floats,
    demand: Floats,
    worth: Floats,
    slots: Ints,
) -> Floats:
    """What each ask can add, (asks, 3), each where its slot says: ``score.asked_by``.

    A listing's asks begin at its place in ``starts``. ``rarity``, ``demand``: by term; ``worth``: the weights by kind.
    """
    requested_terms = np.zeros((len(terms), 3))
    totals = np.empty(len(worth))
    for listing in range(len(starts) - 1):
        totals[:] = 0.0
        for at in range(starts[listing], starts[listing + 1]):
            totals[kinds[at]] += weight[at] * rarity[terms[at]]
        stated = 0.0
        for kind in range(len(worth)):
            if totals[kind] > 0.0:
                stated += worth[kind]
        for at in range(starts[listing], starts[listing + 1]):
            share = weight[at] * rarity[terms[at]] / totals[kinds[at]]
            if stated > 0.0:
                requested_terms[slots[at], GAIN] = share * worth[kinds[at]] * worth.sum() / stated
            requested_terms[slots[at], RATE] = 1.0 / suffices[at]
            if kinds[at] == SKILL:
                requested_terms[slots[at], DEMAND] = share * demand[terms[at]]
    return requested_terms


@compiled
def suited(belongs: Longs, crossing: Longs, disciplines: int) -> NDArray[np.int8]:
    """(disciplines + 1, n): 1 if ``score.crosses_rightly``; the last row is whose is not known. ``belongs``: a bit for each."""
    suits = np.zeros((disciplines + 1, len(belongs)), np.int8)
    for discipline in range(disciplines):
        for listing in range(len(belongs)):
            suits[discipline, listing] = (belongs[listing] != 0) & ((belongs[listing] >> discipline & 1) != crossing[listing])
    return suits


@compiled
def add(sums: Floats, row: int | np.uint32, requested_terms: Floats, ask: int, mastery: float) -> None:
    """Add one term to a pair's sums. ``sums``: (rows, 4); ``asks``: (any, 3)."""
    fit = min(1.0, mastery * requested_terms[ask, RATE])
    sums[row, OF_TERMS] += requested_terms[ask, GAIN] * fit
    sums[row, OF_DEMAND] += requested_terms[ask, DEMAND] * fit
    sums[row, IN_COMMON] += mastery


@compiled
def tied(sums: Floats, row: int | np.uint32) -> bool:
    """Whether a pair has anything in common: without that it is no match."""
    return bool((sums[row, IN_COMMON] != 0.0) | (sums[row, MET] != 0.0))


@compiled
def fraction(sums: Floats, row: int | np.uint32, slope: float, shares: Shares, mutual: float, here: float) -> tuple[float, float]:
    """The score of a pair as a numerator and a denominator; both 0 where nothing speaks for it.

    ``sums``: (rows, 4); ``slope``: ``shares.content`` by the candidate's strongest masteries; ``mutual``: what is mutual besides
    encounters and demand.
    """
    extra = mutual + shares.met * sums[row, MET] + sums[row, OF_DEMAND]
    a = extra + min(shares.content, slope * sums[row, IN_COMMON])
    b = extra + sums[row, OF_TERMS]
    return here * 2.0 * a * b, a + b


@compiled
def millionths(numerator: float, denominator: float) -> np.int32:
    """A score as it is compared; 0 where it is no number, of which and 0.0 ``max`` takes 0.0."""
    return np.int32(min(1.0, max(0.0, numerator / denominator)) * MILLION + 0.5)


@compiled
def hindered(conditions: Ints, listing: int | np.int64, facts: Ints, row: int, in_place: bool, permitted: bool) -> bool:
    """``domain.candidates.obstacle``, whether there is any. ``conditions``: (listings, 6); ``facts``: (rows, 7)."""
    dates = (facts[row, STARTS] > conditions[listing, FIRST]) | (facts[row, ENDS] < conditions[listing, LAST])
    hours = facts[row, HOURS] < conditions[listing, ASKED_HOURS]
    place = (not in_place) & ((conditions[listing, FROM_AFAR] == 0) | (facts[row, REMOTE] == 0))
    permission = (conditions[listing, PERMISSION] != 0) & (not permitted)
    return bool(dates | hours | place | permission)  # all at once: each branch would be guessed wrong too often
