"""The recommendations of all candidates at once, on several threads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from matching.engine.index.arrays import CandidateArrays, Ints, allowed
from matching.engine.index.candidate_index import CandidateIndex
from matching.engine.index.listing_index import MIN_MILLIONTHS, ListingIndex, unpack, worthwhile
from matching.engine.index.numbering import microseconds
from matching.engine.index.top_k import best
from matching.engine.score import BEST

ROWS_PER_TASK = 4096
"""How many candidates one task works on."""


def best_for_all(
    candidates: CandidateIndex, listings: ListingIndex, now: datetime, k: int = BEST, threads: int | None = None
) -> tuple[list[str], Ints, NDArray[np.float64]]:
    """``ListingIndex.best`` for each of the n candidates, by the same kernel.

    Returns:
        The candidates' ids; (n, k) places in ``listings.ids``, best first, -1 where there are no more; (n, k) scores.
    """
    masteries = candidates.numbering.masteries()
    allowed_countries = allowed(candidates.numbering.places, candidates.numbering.countries)
    places, scores = np.empty((len(candidates), k), np.int32), np.empty((len(candidates), k))

    def work(arrays: CandidateArrays, rows: Ints, at: int) -> None:
        """Find the lists of these rows, and store them from position ``at`` on."""
        first, last = int(rows[0]), int(rows[-1]) + 1
        lists = np.empty((last - first, k), np.int64)
        best(
            listings.arrays,
            arrays,
            masteries,
            allowed_countries,
            listings.weights,
            microseconds(now),
            MIN_MILLIONTHS,
            first,
            last,
            lists,
        )
        here = slice(at, at + len(rows))
        places[here], scores[here] = unpack(worthwhile(lists[rows - first]))

    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        ids: list[str] = []
        pieces = []
        for shard in candidates.shards.values():
            alive = shard.alive
            tasks = [(alive[begin : begin + ROWS_PER_TASK], len(ids) + begin) for begin in range(0, len(alive), ROWS_PER_TASK)]
            pieces += [pool.submit(work, shard.arrays, *task) for task in tasks]
            ids += [id for id in shard.ids if id]
        for piece in pieces:
            piece.result()
    return ids, places, scores
