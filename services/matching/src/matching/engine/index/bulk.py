"""The lists of all candidates at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from matching.engine.index.arrays import CandidateArrays, Ints, allowed
from matching.engine.index.candidates import CandidateIndex
from matching.engine.index.kernels import best
from matching.engine.index.listings import LEAST, ListingIndex, opened
from matching.engine.index.names import microseconds
from matching.engine.score import BEST

SHARE = 4096
"""So many candidates a thread takes at a time."""


def best_for_all(
    candidates: CandidateIndex, listings: ListingIndex, now: datetime, k: int = BEST, threads: int | None = None
) -> tuple[list[str], Ints, NDArray[np.float64]]:
    """What ``Listings.best`` gives for each of the n candidates, by the same kernel.

    Returns:
        The candidates' ids; (n, k) places in ``listings.ids``, best first, -1 where there are no more; (n, k) scores.
    """
    masteries = candidates.names.masteries()
    allows = allowed(candidates.names.places, candidates.names.countries)
    places, scores = np.empty((len(candidates), k), np.int32), np.empty((len(candidates), k))

    def work(arrays: CandidateArrays, rows: Ints, at: int) -> None:
        """The lists of these rows, into those from ``at`` on."""
        first, last = int(rows[0]), int(rows[-1]) + 1
        lists = np.empty((last - first, k), np.int64)
        best(listings.arrays, arrays, masteries, allows, listings.shares, microseconds(now), LEAST, first, last, lists)
        here = slice(at, at + len(rows))
        places[here], scores[here] = opened(lists[rows - first])

    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        ids: list[str] = []
        pieces = []
        for shard in candidates.shards.values():
            alive = shard.alive
            shares = [(alive[begin : begin + SHARE], len(ids) + begin) for begin in range(0, len(alive), SHARE)]
            pieces += [pool.submit(work, shard.arrays, *share) for share in shares]
            ids += [id for id in shard.ids if id]
        for piece in pieces:
            piece.result()
    return ids, places, scores
