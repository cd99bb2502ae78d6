"""How recommendations spread over the listings, with and without the correction for crowding."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.crowd import LISTINGS, NOW, candidates, listings
from matching.engine.index import CandidateIndex, Numbering, best_for_all
from matching.engine.score import Weights
from matching.engine.snapshot import CatalogueSnapshot
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Candidate

CANDIDATES = 4_000
BETWEEN = 200
"""So many candidates' lists are made between two counts."""


def congestion() -> Iterator[dict[str, Any]]:
    """Candidates come one after the other; then each changes something, so that every list is made again."""
    crowd = list(candidates(CANDIDATES))
    with_it, without = _lists(crowd, crowding=True), _lists(crowd, crowding=False)
    figures = [_spread(lists) for lists in (with_it, without)]
    for name, unit in (("gini", "from 0, all the same, to 1"), ("never_shown", "part of the listings")):
        yield {
            "name": f"congestion_{name}",
            "value": figures[0][name],
            "unit": unit,
            "at": f"{CANDIDATES:,} candidates, {LISTINGS:,} listings, lists of 10, counted every {BETWEEN:,} lists",
            "without_correction": figures[1][name],
        }
    kept = np.mean([len(set(row.tolist()) & set(other.tolist())) for row, other in zip(with_it, without, strict=True)])
    yield {
        "name": "congestion_price",
        "value": round(1 - float(kept) / 10, 3),
        "unit": "part of a list that is another one than without the correction",
    }


def _lists(crowd: list[Candidate], *, crowding: bool) -> NDArray[np.int32]:
    """(candidates, 10): the places of the listings, made in two rounds."""
    numbering = Numbering()
    catalogue = CatalogueSnapshot(Weights(), numbering).changed(listings(), (), {})
    lists = np.full((len(crowd), 10), -1, np.int32)
    for first in [*range(0, len(crowd), BETWEEN)] * 2:
        some = CandidateIndex(numbering)
        some.put_many((one, one.interests, {}, []) for one in crowd[first : first + BETWEEN])
        ids, found, _ = best_for_all(some, catalogue.index, NOW)
        place = {one.id: number for number, one in enumerate(crowd[first : first + BETWEEN], first)}
        lists[[place[id] for id in ids]] = found
        if crowding:
            counts = np.bincount(lists[lists >= 0], minlength=LISTINGS).tolist()
            shown = {id: count for id, count in zip(catalogue.index.ids, counts, strict=True) if count}
            catalogue = catalogue.changed((), (), {0: CandidateCounts(0, {}, shown)})
    return lists


def _spread(lists: NDArray[np.int32]) -> dict[str, float]:
    """Of how often each listing is shown for each of its seats: the Gini coefficient; and the part that is never shown."""
    seats = np.array([one.seats for one in sorted(listings(), key=lambda one: one.id)])
    shown = np.bincount(lists[lists >= 0], minlength=LISTINGS)
    each = np.sort(shown / seats)
    ranks = np.arange(1, len(each) + 1)
    gini = float(2 * (ranks * each).sum() / (len(each) * each.sum()) - (len(each) + 1) / len(each))
    return {"gini": round(gini, 3), "never_shown": round(float((shown == 0).mean()), 3)}
