"""How the cost of an event grows with the number of attendees. Times are of the processor."""

import gc
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np

from bench.crowd import LISTINGS, NOW, SHARDS, candidates, catalogue, listings
from bench.topk import listed
from matching.engine.index import CandidateIndex, Numbering
from matching.engine.snapshot import CatalogueSnapshot
from matching.engine.warm_up import warm_up
from matching.model.candidates import Candidate

SIZES = (10_000, 31_623, 100_000, 316_228, 1_000_000)
HELD_BY_ONE = 100_000
"""So many candidates one instance holds: the shards of more are held by more instances."""
PROFILES = 10_000
EVENTS = 1_000
NEW_LISTINGS = 20


def topk_growth() -> Iterator[dict[str, Any]]:
    """Instances one after the other, in this process, each with its shards: as many as the attendees need.

    A listing's cost is that of all instances together: each lists whom it enters. An attendee's is that of one of them:
    the list, and its place in the index.
    """
    warm_up()
    numbering = Numbering()
    known = catalogue(numbering)
    fresh = listings(NEW_LISTINGS, seed=4)
    with_one = [known.changed([one], (), {}) for one in fresh]
    pool = list(candidates(PROFILES))
    attendee, listing, slowest = [], [], []
    for size in SIZES:
        instances = -(-size // HELD_BY_ONE)
        seconds = []
        for instance in range(instances):
            ours = [replace(one, shard=one.shard % max(1, SHARDS // instances)) for one in pool]
            index = _instance(ours, size // instances, instance, known, numbering)
            seconds.append([_entering(index, one.id, with_it) for one, with_it in zip(fresh, with_one, strict=True)])
            if instance == 0:
                attendee.append(_attendee(index, ours, known))
            del index
            gc.collect()
        listing.append(sum(median(some) for some in seconds))
        slowest.append(max(median(some) for some in seconds))
        print(
            f"topk_growth: {size:,} attendees, {instances} instances: an attendee {1000 * attendee[-1]:.2f} ms, "
            f"a listing {1000 * listing[-1]:.2f} ms in all, {1000 * slowest[-1]:.2f} ms in one instance",
            file=sys.stderr,
        )
    at = f"{SIZES[0]:,} to {SIZES[-1]:,} attendees, {HELD_BY_ONE:,} in one instance, {LISTINGS:,} listings"
    yield {
        "name": "topk_growth",
        "value": _exponent(listing),
        "unit": "exponent",
        "to": "attendees, of what a new listing costs all instances together",
        "at": at,
        "at_most": 1.1,
        "milliseconds": [round(1000 * one, 2) for one in listing],
        "milliseconds_of_one_instance": [round(1000 * one, 2) for one in slowest],
    }
    yield {
        "name": "topk_growth_attendee",
        "value": _exponent(attendee),
        "unit": "exponent",
        "to": "attendees, of what one attendee's event costs",
        "at": at,
        "at_most": 0.1,
        "milliseconds": [round(1000 * one, 3) for one in attendee],
    }


def _instance(pool: list[Candidate], count: int, instance: int, known: CatalogueSnapshot, numbering: Numbering) -> CandidateIndex:
    """Profiles come again under other ids, which changes nothing of what they cost."""
    if count <= len(pool):
        return listed(pool[:count], known, numbering)
    first = listed(pool, known, numbering)
    lists = {
        id: [(numbering.listing_ids[listing], least / 1e6) for listing in row if listing >= 0]
        for shard in first.shards.values()
        for id, row, least in zip(shard.ids, shard.lists.tolist(), shard.least(shard.alive).tolist(), strict=True)
    }
    index = CandidateIndex(numbering)
    for copy in range(0, count, len(pool)):
        again = [replace(one, id=f"{one.id}-{instance}-{copy}") for one in pool[: count - copy]]
        index.put_many((one, one.interests, known.words(one), lists[old.id]) for one, old in zip(again, pool, strict=False))
    return index


def _entering(index: CandidateIndex, id: str, known: CatalogueSnapshot) -> float:
    started = time.process_time()
    index.entering(id, known.index, range(SHARDS), NOW)
    return time.process_time() - started


def _attendee(index: CandidateIndex, pool: list[Candidate], known: CatalogueSnapshot) -> float:
    """The list, and its place in the index: of new attendees, some of whom have the index put in order."""
    new = [replace(one, id=f"{one.id}-new") for one in pool[:EVENTS]]
    started = time.process_time()
    for one in new:
        best = known.best_matches(one, NOW)
        index.put(one, one.interests, [(match.listing_id, match.score) for match in best], known.words(one))
    return (time.process_time() - started) / len(new)


def _exponent(costs: list[float]) -> float:
    """The slope of a line through the logarithms."""
    return round(float(np.polyfit(np.log(SIZES), np.log(costs), 1)[0]), 2)
