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

from bench.crowd import NOW, OPENINGS, SHARDS, candidates, catalogue, openings
from bench.load import own_prefix
from local_stack import Stack
from matching.catalogue.repository import Catalogue
from matching.catalogue.use_cases import Keeper
from matching.engine.index import Names, precompile
from matching.engine.score import Weights
from matching.engine.vocabulary import Vocabulary
from matching.recommendations.repository import Candidates
from matching.recommendations.use_cases.recommendations import Shards
from matching.settings import Settings
from shared.database.mongo import Database, Tx

CANDIDATES = int(os.environ.get("BENCH_CANDIDATES", "100000"))
AT_ONCE = 500


def rebuild(stack: Stack) -> Iterator[dict[str, Any]]:
    """Openings, then shard after shard, as the service reads them; in a process that does nothing else."""
    settings = Settings(mongodb_uri=stack.mongodb_uri, topic_prefix=own_prefix())
    asyncio.run(_fill(settings))
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        figures = process.submit(_measured, settings).result()
    scale = 100_000 / CANDIDATES
    yield {
        "name": "rebuild",
        "value": round(figures["seconds"] * scale, 1),
        "unit": "s",
        "at": f"for 100,000 candidates, measured with {CANDIDATES:,} with lists of ten in {SHARDS} shards, {OPENINGS:,} openings",
        "processor_seconds": round(figures["processor_seconds"] * scale, 1),
        "seconds_openings": round(figures["seconds_openings"], 2),
    }
    yield {
        "name": "rebuild_memory",
        "value": round(figures["mebibytes"] * scale, 1),
        "unit": "MiB",
        "at": "for 100,000 candidates, kept; the openings not counted in",
        "peak": round(figures["peak"] * scale, 1),
        "mebibytes_openings": round(figures["mebibytes_openings"], 1),
    }


async def _fill(settings: Settings) -> None:
    database, known = Database("matching", settings), catalogue(Names())
    people, listings = Candidates(database.db), Catalogue(database.db)
    await people.ensure_indexes()
    await listings.ensure_indexes()
    everything, crowd = openings(), candidates(CANDIDATES)
    for first in range(0, OPENINGS, AT_ONCE):
        await database.transact(lambda tx: listings.save(everything[first : first + AT_ONCE], (), (), tx))  # noqa: B023
    while some := list(islice(crowd, AT_ONCE)):
        for one in some:
            one.matches = known.best_matches(one, NOW)
        revisions = dict.fromkeys(range(SHARDS), "written")
        await database.transact(lambda tx: people.save(some, (), (), revisions, tx))  # noqa: B023
    database.close()


def _measured(settings: Settings) -> dict[str, float]:
    precompile()
    return asyncio.run(_read(settings))


async def _read(settings: Settings) -> dict[str, float]:
    database, names, process = Database("matching", settings), Names(), psutil.Process()
    people = Candidates(database.db)
    keeper, shards = Keeper(Catalogue(database.db), Vocabulary.load(), Weights(), names), Shards(people, names)

    async def read(shard: int, tx: Tx) -> None:
        await shards.bring_up_to_date([shard], await keeper.current(tx), tx)

    started, before = time.perf_counter(), process.memory_info().rss
    await database.transact(keeper.current)
    openings_read, with_openings = time.perf_counter(), process.memory_info().rss
    processor = time.process_time()
    for shard in range(SHARDS):
        await database.transact(lambda tx: read(shard, tx))  # noqa: B023
    figures = {
        "seconds_openings": openings_read - started,
        "seconds": time.perf_counter() - openings_read,
        "processor_seconds": time.process_time() - processor,
        "mebibytes_openings": (with_openings - before) / 2**20,
        "mebibytes": (process.memory_info().rss - with_openings) / 2**20,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - with_openings / 2**20,
    }
    if len(shards.index) != CANDIDATES:
        raise AssertionError(f"{len(shards.index)} candidates of {CANDIDATES}")
    database.close()
    return figures
