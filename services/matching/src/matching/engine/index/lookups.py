"""Compiled loops that search and group numbers in arrays."""

import numpy as np

from matching.engine.index.arrays import Ints, Longs
from matching.engine.machine_code import compiled


@compiled
def contains(values: Ints | Longs, value: int) -> bool:
    """Whether the value is in a short array."""
    for candidate in values:  # noqa: SIM110 (compiled code knows no generators)
        if candidate == value:
            return True
    return False


@compiled
def group_by_term(terms: Ints, distinct: int) -> tuple[Longs, Ints]:
    """Group positions by term, as a counting sort does.

    Returns:
        (distinct + 1,): where each term's group begins; (len(terms),): the position of each of ``terms`` in the grouped order.
    """
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
    """The rows of ``lists``, (n, k), that contain the listing."""
    found = np.empty(len(lists), np.int32)
    count = 0
    for row in range(len(lists)):
        if contains(lists[row], listing):
            found[count] = row
            count += 1
    return found[:count].copy()
