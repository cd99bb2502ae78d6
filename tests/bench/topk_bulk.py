"""All lists at once, beside ``sparse_dot_topn`` on the bare product of terms, in one process that does nothing else."""

import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from statistics import median
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

from bench.crowd import LISTINGS, NOW, TERMS, VOCABULARY, candidates, catalogue
from matching.engine.index import CandidateIndex, Numbering, best_for_all
from matching.engine.warm_up import warm_up
from matching.recommendations.use_cases.held_shards import INDEX_BATCH

CANDIDATES = 100_000
TOP = 20
THREADS = 2
ROUNDS = 5


def topk_bulk() -> Iterator[dict[str, Any]]:
    """The whole score with all conditions, for every candidate and listing."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        yield process.submit(bulk).result()


def bulk() -> dict[str, Any]:
    """Ours and theirs in turn. Memory is looked at before the peer comes in."""
    warm_up()
    numbering = Numbering()
    known, index = catalogue(numbering), CandidateIndex(numbering)
    listings = known.index
    crowd = candidates(CANDIDATES)
    while some := list(islice(crowd, INDEX_BATCH)):  # as an instance reads its shards
        index.put_many((one, one.interests, known.words(one), []) for one in some)
    best_for_all(index, listings, NOW, TOP, THREADS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    held = matrix(
        [
            [
                *((key, how.mastery) for key, how in one.interests.items()),
                *((key, part) for key, part in known.words(one).items() if key != "term"),
            ]
            for one in candidates(CANDIDATES)
        ]
    )
    asked = csr_matrix(
        matrix(
            [
                [*((key, ask.weight) for key, ask in one.requested_terms.items()), *((key, 0.45) for key in one.words)]
                for one in known.listings.values()
            ]
        ).T
    )
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: best_for_all(index, listings, NOW, TOP, THREADS)))
        theirs.append(_seconds(lambda: sp_matmul_topn(held, asked, TOP, sort=True, n_threads=THREADS)))
    processor = [(own[0], other[0]) for own, other in zip(ours, theirs, strict=True)]
    return {
        "name": "topk_bulk",
        "value": round(median(own / other for own, other in processor), 2),
        "unit": "ratio",
        "to": "the processor's time of `sparse_dot_topn` for the bare product of terms and words, in turn",
        "at": f"{CANDIDATES:,} candidates, {LISTINGS:,} listings, 10 of {TERMS:,} terms each and some 50 words, top {TOP}, {THREADS} threads",
        "at_most": 1.5,
        "processor_seconds": round(median(own for own, _ in processor), 2),
        "peer_processor_seconds": round(median(other for _, other in processor), 2),
        "seconds": round(median(one[1] for one in ours), 2),
        "peer_seconds": round(median(one[1] for one in theirs), 2),
        "peak_mebibytes": round(peak),
        "peak_at_most": 500,
    }


def matrix(rows: list[list[tuple[str, float]]]) -> csr_matrix:
    """(rows, terms and words)"""
    starts = np.cumsum([0, *map(len, rows)])
    places = [
        int(key.removeprefix("term ")) if key[0] == "t" else TERMS + int(key.removeprefix("word"))
        for row in rows
        for key, _ in row
    ]
    return csr_matrix(([value for row in rows for _, value in row], places, starts), shape=(len(rows), TERMS + VOCABULARY))


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    processor, clock = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - processor, time.perf_counter() - clock
