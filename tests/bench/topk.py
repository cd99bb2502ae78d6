"""Continuous top-k: one attendee's event, and a new listing's. Times are of the processor, whatever else runs on the machine."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.crowd import LISTINGS, NOW, SHARDS, candidates, catalogue, listings
from matching.engine.index import CandidateIndex, Numbering, best_for_all
from matching.engine.score import BEST
from matching.engine.snapshot import CatalogueSnapshot
from matching.engine.warm_up import warm_up
from matching.model.candidates import Candidate
from matching.model.listings import Listing

CANDIDATES = 100_000
EVENTS = 500
NEW_LISTINGS = 50


def topk_attendee() -> Iterator[dict[str, Any]]:
    """An attendee's ten best matches with all reasons, from the profile as read from the database."""
    warm_up()
    all_open, ours, theirs = catalogue(Numbering()), [], []
    peer = Cosine((one.id, one.requested_terms) for one in all_open.listings.values())
    for one in islice(candidates(EVENTS + 20), EVENTS + 20):
        ours.append(_milliseconds(lambda: all_open.best_matches(one, NOW)))  # noqa: B023 - called at once
        theirs.append(_milliseconds(lambda: peer.best(one.interests, BEST)))  # noqa: B023
    ours, theirs = ours[20:], theirs[20:]
    yield {
        "name": "topk_attendee",
        "value": round(median(ours), 3),
        "unit": "ms",
        "at": f"{LISTINGS:,} listings, the best {BEST}, with reasons",
        "at_most": 1.0,
        "p99": round(float(np.percentile(ours, 99)), 3),
        "peer": round(median(theirs), 3),
        "peer_is": "numpy postings: the sums of common terms alone, and an argpartition of them; ids only",
    }


def topk_listing() -> Iterator[dict[str, Any]]:
    """Whose list a new listing enters, all shards asked; and, besides, what it takes to make the catalogue with it before."""
    warm_up()
    numbering = Numbering()
    known = catalogue(numbering)
    index = listed(candidates(CANDIDATES), known, numbering)
    peer = Cosine(((one.id, one.interests) for one in candidates(CANDIDATES)), 0.35)
    changing, asking, theirs, entered = [], [], [], []
    for new in listings(NEW_LISTINGS + 5, seed=4):
        started = time.process_time()
        with_it = known.changed([new], (), {})
        changed = time.process_time()
        found = index.entering(new.id, with_it.index, range(SHARDS), NOW)
        asked = time.process_time()
        changing.append(1000 * (changed - started))
        asking.append(1000 * (asked - changed))
        entered.append(len(found))
        theirs.append(_milliseconds(lambda: peer.over(new)))  # noqa: B023
    both = [one + other for one, other in zip(changing[5:], asking[5:], strict=True)]
    yield {
        "name": "topk_listing",
        "value": round(median(asking[5:]), 2),
        "unit": "ms",
        "at": f"{CANDIDATES:,} candidates in {SHARDS} shards, {LISTINGS:,} listings; {round(median(entered))} lists are entered",
        "at_most": 5.0,
        "p90": round(float(np.percentile(asking[5:], 90)), 2),
        "catalogue": round(median(changing[5:]), 2),
        "with_catalogue": round(median(both), 2),
        "peer": round(median(theirs[5:]), 2),
        "peer_is": "numpy postings: the plain cosine of terms against a threshold, one array of all candidates",
    }


def listed(crowd: Iterable[Candidate], known: CatalogueSnapshot, numbering: Numbering) -> CandidateIndex:
    """The candidates with the lists that they have among the listings."""
    index = CandidateIndex(numbering)
    crowd = iter(crowd)
    while some := list(islice(crowd, 5000)):
        fresh = CandidateIndex(numbering)
        fresh.put_many((one, one.interests, known.words(one), []) for one in some)
        ids, places, scores = best_for_all(fresh, known.index, NOW, threads=1)
        lists = {
            id: [(known.index.ids[place], score) for place, score in zip(row, marks, strict=True) if place >= 0]
            for id, row, marks in zip(ids, places.tolist(), scores.tolist(), strict=True)
        }
        index.put_many((one, one.interests, known.words(one), lists[one.id]) for one in some)
    return index


class Cosine:
    """The peer: who or what has a term, in numpy arrays, and nothing else of the score."""

    def __init__(self, rows: Iterable[tuple[str, Iterable[str]]], threshold: float = 0.0) -> None:
        postings: dict[str, list[int]] = {}
        self.count = 0
        for row, (_, keys) in enumerate(rows):
            self.count += 1
            for key in keys:
                postings.setdefault(key, []).append(row)
        self._postings = {key: np.array(rows, np.int32) for key, rows in postings.items()}
        self._part = np.float32(0.1)  # ten terms on both sides
        self._threshold = np.float32(threshold)

    def _scores(self, keys: Iterable[str]) -> NDArray[np.float32]:
        scores = np.zeros(self.count, np.float32)
        for key in keys:
            if (rows := self._postings.get(key)) is not None:
                scores[rows] += self._part
        return scores

    def best(self, keys: Iterable[str], k: int) -> NDArray[np.int64]:
        """The places of the k best, in no order."""
        return np.argpartition(-self._scores(keys), k)[:k]

    def over(self, listing: Listing) -> NDArray[np.int64]:
        """The places of those over the threshold."""
        return np.flatnonzero(self._scores(listing.requested_terms) > self._threshold)


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)
