"""The proof of delivery: whatever is killed, every event is applied exactly once and every bad record is kept.

``PROOF_SEED`` decides the load, its order, the victims and the moments ("random": another one each time);
``PROOF_RECORDS`` makes it longer.
"""

import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest
from e2e.delivery.disasters import PERSON_KEY, Run
from e2e.delivery.load import make_load
from e2e.delivery.observed import Place, lag, observe, remove_topics
from e2e.delivery.reference import expect
from e2e.delivery.verdict import Verdict, judge

from local_stack.kafka import is_in_memory, start_kafka
from local_stack.mongodb import start_mongodb
from local_stack.process import Server

pytestmark = [pytest.mark.proof]


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Server | None]]:
    """A real Apache Kafka: the user's, or one of our own. The in-memory broker is not fit for a proof."""
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield given, None
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCAL_KAFKA", "apache")
        server = start_kafka(tmp_path_factory.mktemp("kafka"))
    assert not is_in_memory(server)
    yield server.url, server
    server.stop()


@asynccontextmanager
async def _run(
    kafka: tuple[str, Server | None], directory: Path, module: str, group: str, seed: int, **environment: str
) -> AsyncIterator[Run]:
    database = start_mongodb(directory / "mongodb")
    place = Place(kafka[0], database.url, f"proof-{secrets.token_hex(4)}.")
    run = Run(place, database, kafka[1], module, group, directory, Random(seed), environment)
    try:
        yield run
    finally:
        await run.stop()
        await remove_topics(place)
        shutil.rmtree(directory / "mongodb", ignore_errors=True)


async def _prove(run: Run, seed: int, records: int, kills: int) -> Verdict:
    load = make_load(seed, records)
    expected = expect(load.statements, PERSON_KEY)
    print(f"\n{run.module}: seed {seed}, {records:,} records: {load.repeats} repeats, {len(load.malformed)} malformed")
    await run.prepare(load)
    origins = await run.work(load, len(expected.facts), kills)
    verdict = judge(load, origins, expected, await observe(run.place))
    print(
        f"{run.module}: {verdict}; in {run.seconds:.0f} s, {verdict.repeated_publications} publications "
        f"and {verdict.repeated_dead_letters} dead letters repeated"
    )
    assert [disaster.what for disaster in run.disasters].count("kill -9") == kills + 1
    assert all(disaster.facts < len(expected.facts) for disaster in run.disasters), "one came after the work"
    assert not any((await lag(run.place, run.group)).values())
    return verdict


async def test_every_event_is_applied_exactly_once_whatever_is_killed(
    kafka: tuple[str, Server | None], seed: int, tmp_path: Path
) -> None:
    records = int(os.environ.get("PROOF_RECORDS") or 12_000)
    async with _run(kafka, tmp_path, "registration", "registration", seed) as run:
        verdict = await _prove(run, seed, records, kills=10)
    assert not verdict.faults, f"seed {seed}: {verdict}"


async def test_the_usual_way_fails_the_same_proof(kafka: tuple[str, Server | None], seed: int, tmp_path: Path) -> None:
    """The negative control: without what ``shared`` does about delivery, the harness finds what goes wrong."""
    tests = str(Path(__file__).parents[1])
    async with _run(kafka, tmp_path, "bench.usual", "usual", seed, PYTHONPATH=tests) as run:
        verdict = await _prove(run, seed, records=2_000, kills=3)
    assert verdict.faults
    assert verdict.vanished > 0
