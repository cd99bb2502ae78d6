"""Finding and ordering numbers in arrays, as machine code."""

import numpy as np

from matching.engine.compiled import compiled
from matching.engine.index.arrays import Ints, Longs


@compiled
def has(values: Ints | Longs, value: int) -> bool:
    """Whether the value is among the few values."""
    for one in values:  # noqa: SIM110 (compiled code knows no generators)
        if one == value:
            return True
    return False


@compiled
def by_term(terms: Ints, distinct: int) -> tuple[Longs, Ints]:
    """Where each of the ``distinct`` terms begins once ``terms`` are put in order, and where each of ``terms`` comes to lie."""
    postings = np.zeros(distinct + 1, np.int64)
    for term in terms:
        postings[term + 1] += 1
    postings = np.cumsum(postings)
    free = postings.copy()
    slots = np.empty(len(terms), np.int32)
    for place in range(len(terms)):
        slots[place] = free[terms[place]]
        free[terms[place]] += 1
    return postings, slots


@compiled
def holding(lists: Ints, listing: int) -> Ints:
    """The rows of ``lists``, (n, k), that have the listing."""
    found = np.empty(len(lists), np.int32)
    count = 0
    for row in range(len(lists)):
        if has(lists[row], listing):
            found[count] = row
            count += 1
    return found[:count].copy()
