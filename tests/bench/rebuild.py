"""What an instance needs at its start to hold candidates in memory: all of them, read from its database."""

import asyncio
import os
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import Any

import psutil

from bench.crowd import LISTINGS, NOW, SHARDS, candidates, catalogue, listings
from bench.load import own_prefix
from local_stack import Stack
from matching.catalogue.repository import CatalogueRepository
from matching.catalogue.use_cases import LiveCatalogue
from matching.engine.index import Numbering
from matching.engine.score import Weights
from matching.engine.vocabulary import Vocabulary
from matching.engine.warm_up import warm_up
from matching.recommendations.repository import CandidatesRepository
from matching.recommendations.use_cases.held_shards import HeldShards
from matching.settings import Settings
from shared.database.mongo import Database, Tx

CANDIDATES = int(os.environ.get("BENCH_CANDIDATES", "100000"))
AT_ONCE = 500


def rebuild(stack: Stack) -> Iterator[dict[str, Any]]:
    """Listings, then shard after shard, as the service reads them; in a process that does nothing else."""
    settings = Settings(mongodb_uri=stack.mongodb_uri, topic_prefix=own_prefix())
    asyncio.run(_fill(settings))
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        figures = process.submit(_measured, settings).result()
    scale = 100_000 / CANDIDATES
    yield {
        "name": "rebuild",
        "value": round(figures["seconds"] * scale, 1),
        "unit": "s",
        "at": f"for 100,000 candidates, measured with {CANDIDATES:,} with lists of ten in {SHARDS} shards, {LISTINGS:,} listings",
        "processor_seconds": round(figures["processor_seconds"] * scale, 1),
        "seconds_listings": round(figures["seconds_listings"], 2),
    }
    yield {
        "name": "rebuild_memory",
        "value": round(figures["mebibytes"] * scale, 1),
        "unit": "MiB",
        "at": "for 100,000 candidates, kept; the listings not counted in",
        "peak": round(figures["peak"] * scale, 1),
        "mebibytes_listings": round(figures["mebibytes_listings"], 1),
    }


async def _fill(settings: Settings) -> None:
    database, known = Database("matching", settings), catalogue(Numbering())
    people, catalogue_repository = CandidatesRepository(database.db), CatalogueRepository(database.db)
    await people.ensure_indexes()
    await catalogue_repository.ensure_indexes()
    everything, crowd = listings(), candidates(CANDIDATES)
    for first in range(0, LISTINGS, AT_ONCE):
        await database.transact(lambda tx: catalogue_repository.save(everything[first : first + AT_ONCE], (), (), tx))  # noqa: B023
    while some := list(islice(crowd, AT_ONCE)):
        for one in some:
            one.matches = known.best_matches(one, NOW)
        revisions = dict.fromkeys(range(SHARDS), "written")
        await database.transact(lambda tx: people.save(some, (), (), revisions, tx))  # noqa: B023
    database.close()


def _measured(settings: Settings) -> dict[str, float]:
    warm_up()
    return asyncio.run(_read(settings))


async def _read(settings: Settings) -> dict[str, float]:
    database, numbering, process = Database("matching", settings), Numbering(), psutil.Process()
    people = CandidatesRepository(database.db)
    live_catalogue = LiveCatalogue(CatalogueRepository(database.db), Vocabulary.load(), Weights(), numbering)
    shards = HeldShards(people, numbering)

    async def read(shard: int, tx: Tx) -> None:
        await shards.bring_up_to_date([shard], await live_catalogue.current(tx), tx)

    started, before = time.perf_counter(), process.memory_info().rss
    await database.transact(live_catalogue.current)
    listings_read, with_listings = time.perf_counter(), process.memory_info().rss
    processor = time.process_time()
    for shard in range(SHARDS):
        await database.transact(lambda tx: read(shard, tx))  # noqa: B023
    figures = {
        "seconds_listings": listings_read - started,
        "seconds": time.perf_counter() - listings_read,
        "processor_seconds": time.process_time() - processor,
        "mebibytes_listings": (with_listings - before) / 2**20,
        "mebibytes": (process.memory_info().rss - with_listings) / 2**20,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - with_listings / 2**20,
    }
    if len(shards.index) != CANDIDATES:
        raise AssertionError(f"{len(shards.index)} candidates of {CANDIDATES}")
    database.close()
    return figures
