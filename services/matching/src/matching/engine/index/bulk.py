"""The lists of all candidates at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from matching.engine.index.arrays import Ints, allowed
from matching.engine.index.candidates import Candidates
from matching.engine.index.kernels import best
from matching.engine.index.names import microseconds
from matching.engine.index.openings import LEAST, Openings, opened
from matching.engine.score import BEST

PIECE = 4096
"""Rows that a thread takes at a time."""


def best_for_all(
    candidates: Candidates, openings: Openings, now: datetime, k: int = BEST, threads: int | None = None
) -> tuple[list[str], Ints, NDArray[np.float64]]:
    """What ``Openings.best`` gives for each of the n candidates, by the same kernel.

    Returns:
        The candidates' ids; (n, k) places in ``openings.ids``, best first, -1 where there are no more; (n, k) scores.
    """
    masteries = candidates.names.masteries()
    places = allowed(candidates.names.places, candidates.names.countries)
    ids: list[str] = []
    found = [np.empty((0, k), np.int64)]
    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        for shard in candidates.shards.values():
            rows = len(shard.ids)
            lists, arrays = np.empty((rows, k), np.int64), shard.arrays
            work = [
                pool.submit(
                    best,
                    openings.arrays,
                    arrays,
                    masteries,
                    places,
                    openings.shares,
                    microseconds(now),
                    LEAST,
                    first,
                    min(first + PIECE, rows),
                    lists[first : first + PIECE],
                )
                for first in range(0, rows, PIECE)
            ]
            for piece in work:
                piece.result()
            alive = shard.alive
            ids += [shard.ids[row] for row in alive.tolist()]
            found.append(lists[alive])
    return ids, *opened(np.concatenate(found))
