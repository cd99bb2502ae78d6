"""How many attendance events a second go from Kafka to registration's state and outbox, and on to Kafka."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import AdminClient
from pymongo import MongoClient

from bench.load import CONFERENCE, Speed, fill, own_prefix, speed
from local_stack import Server, Stack
from local_stack.operator import make_key
from shared.settings import ServiceSettings

EVENTS = int(os.environ.get("BENCH_EVENTS", "10000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
ATTENDEES = 2_000
TESTS = Path(__file__).parent.parent
USUAL = [sys.executable, "-m", "bench.usual"]


def pipeline(stack: Stack) -> Iterator[dict[str, Any]]:
    """Registration beside a bare loop that does one write and one produce per event, in turn, ``ROUNDS`` times."""
    for name, write in (("pipeline", "upsert"), ("pipeline_vs_insert", "insert")):
        pairs = [(_service(stack, EVENTS), _bare(stack, EVENTS, write)) for _ in range(ROUNDS)]
        to = f"a bare loop of getmany, a bulk write of one {write} per event, and one produce per event"
        yield _figure(name, pairs, to)
        if write == "upsert":
            yield _processor(pairs, to)


def pipeline_vs_usual(stack: Stack) -> Iterator[dict[str, Any]]:
    """Registration beside the same use case written the usual way: one message at a time, one transaction each."""
    fewer = max(EVENTS // 10, 500)
    pairs = [(_service(stack, EVENTS), _service(stack, fewer, command=USUAL)) for _ in range(ROUNDS)]
    yield _figure("pipeline_vs_usual", pairs, "the same use case, one message and one transaction at a time, AckPolicy.ACK")


def _figure(name: str, pairs: list[tuple[Speed, Speed]], to: str) -> dict[str, Any]:
    rates = [(our.rate, their.rate) for our, their in pairs]
    print(f"{name}: events/s, ours and theirs: {[(round(our), round(their)) for our, their in rates]}", file=sys.stderr)
    ratio = median(our / their for our, their in rates)
    return {"name": name, "value": round(median(our for our, _ in rates)), "unit": "events/s", "ratio": round(ratio, 2), "to": to}


def _processor(pairs: list[tuple[Speed, Speed]], to: str) -> dict[str, Any]:
    """What an event costs the processes themselves, whichever database is behind them."""
    times = [(our.processor, their.processor) for our, their in pairs]
    print(
        f"pipeline_processor: ms, ours and theirs: {[(round(our, 3), round(their, 3)) for our, their in times]}", file=sys.stderr
    )
    ours, theirs = median(our for our, _ in times), median(their for _, their in times)
    return {
        "name": "pipeline_processor",
        "value": round(ours, 3),
        "unit": "ms of the processor an event",
        "peer": round(theirs, 3),
        "to": to,
    }


def _names(stack: Stack) -> dict[str, str]:
    """Topics and databases of this round's own."""
    return stack.environment() | {"TOPIC_PREFIX": own_prefix(), "LOG_LEVEL": "warning", "PYTHONPATH": str(TESTS)}


def _fill(environment: dict[str, str], count: int) -> None:
    settings = ServiceSettings(
        kafka_bootstrap_servers=environment["KAFKA_BOOTSTRAP_SERVERS"], topic_prefix=environment["TOPIC_PREFIX"]
    )
    asyncio.run(fill(settings, count, ATTENDEES))


def _service(stack: Stack, count: int, command: list[str] | None = None) -> Speed:
    """The speed of registration, or of what ``command`` starts in its place."""
    environment = _names(stack)
    service = stack.start_service("registration", environment=environment)
    operator = {"authorization": f"Bearer {make_key(service.environment, 'bench')}"}
    announced = httpx.put(f"{service.url}/conferences/c1", json=CONFERENCE, headers=operator, timeout=30)
    announced.raise_for_status()
    if command:
        _end(stack, service)
        service = stack.start_service("registration", command=command, environment=environment | {"ACK_POLICY": "ACK"})
    try:
        _fill(environment, count)
        assert service.pid
        return _speed(environment, count, "usual" if command else "registration", service.pid)
    finally:
        _end(stack, service)


def _speed(environment: dict[str, str], count: int, group: str, pid: int) -> Speed:
    """Done is what is committed to Kafka, by the offsets of the consumer group; at the end the outbox must be empty too."""
    admin = AdminClient({"bootstrap.servers": environment["KAFKA_BOOTSTRAP_SERVERS"]})
    asked = ConsumerGroupTopicPartitions(environment["TOPIC_PREFIX"] + group)
    name = f"{environment['TOPIC_PREFIX']}registration".replace(".", "-")
    with MongoClient[dict[str, Any]](environment["MONGODB_URI"]) as client:

        def done() -> int:
            (future,) = admin.list_consumer_group_offsets([asked]).values()
            committed = sum(max(0, partition.offset) for partition in future.result().topic_partitions)
            return committed - (committed >= count and client[name]["outbox"].find_one() is not None)

        return speed(done, count, pid)


def _end(stack: Stack, service: Server) -> None:
    service.stop()
    stack.services.pop("registration", None)


def _bare(stack: Stack, count: int, write: str) -> Speed:
    """The speed of the bare loop, which says after each batch how many it has done."""
    environment = _names(stack)
    _fill(environment, count)
    command = [sys.executable, "-m", "bench.bare", str(count)]
    with subprocess.Popen(command, env=os.environ | environment | {"WRITE": write}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = iter(process.stdout)
        return speed(lambda: int(next(lines)), count, process.pid)
