"""Finds the listings that a candidate's commitments rule out: ``model.commitments`` over all listings at once."""

from bisect import bisect_left
from collections.abc import Collection

import numpy as np

from matching.engine.index.arrays import HOURS_ASKED, Flags
from matching.engine.index.listing_columns import BEGINS, FINISHES, ListingColumns
from matching.model.commitments import Commitments
from shared.commitments import HOURS, Commitment


def ruled_out_by(commitments: Commitments, hours: int | None, columns: ListingColumns) -> Flags:
    """(n,): whether each listing clashes with a placement, or was decided on before. ``hours``: the candidate's weekly hours."""
    held = [one for one in commitments.placements.values() if one.includes(one.first)]  # the others include no day
    excluded = _clashing(held, HOURS if hours is None else hours, columns)
    for id in commitments.listing_ids:
        place = bisect_left(columns.ids, id)
        if place < len(columns.ids) and columns.ids[place] == id:
            excluded[place] = True
    return excluded


def _clashing(held: Collection[Commitment], hours: int, columns: ListingColumns) -> Flags:
    """(n,): where ``commitments.clashing`` finds a clash."""
    first, last, asked = columns.facts[:, BEGINS], columns.facts[:, FINISHES], columns.facts[:, HOURS_ASKED]
    wanted = np.where(asked == 0, np.inf, asked)  # unknown hours may take all the time
    on_first_day = np.zeros(len(asked))
    clashes = np.zeros(len(asked), np.bool_)
    for one in held:
        takes = _hours(one)
        on_first_day[(first >= one.first.toordinal()) & (first <= one.last.toordinal())] += takes
        then = sum(_hours(other) for other in held if other.includes(one.first))
        clashes |= (first <= one.first.toordinal()) & (one.first.toordinal() <= last) & (then + wanted > hours)
    return clashes | ((on_first_day > 0) & (on_first_day + wanted > hours))


def _hours(commitment: Commitment) -> float:
    return np.inf if commitment.hours_per_week is None else commitment.hours_per_week
