"""The load: attendance events of many attendees, the same for every peer, waiting in the topic before anybody reads."""

import asyncio
import json
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import psutil
from aiokafka import AIOKafkaProducer

from shared.contract.topics import topics_of
from shared.messaging.kafka import ensure_topics
from shared.settings import ServiceSettings

SESSIONS: list[dict[str, Any]] = [
    {"id": f"s{n}", "title": f"Session {n}", "topics": [f"topic {n % 20}"], "skills": [f"skill {n % 50}", f"skill {n % 33}"]}
    for n in range(100)
]
CONFERENCE = {"name": "Benchmark", "starts": "2024-07-08", "ends": "2024-07-12", "sessions": SESSIONS}


@dataclass(frozen=True)
class Scan:
    """One event, ready to be sent."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def scans(count: int, attendees: int, seed: int = 1) -> Iterator[Scan]:
    """Session scans of random attendees in random sessions."""
    choose = random.Random(seed)
    for number in range(count):
        email = f"attendee{choose.randrange(attendees)}@example.org"
        data = {
            "conference_id": "c1",
            "session_id": f"s{choose.randrange(100)}",
            "attendee": {"email": email, "name": "Ada Example", "consent": {"mail": True}},
        }
        yield scan(str(number), email, data)


def scan(id: str, email: str, data: Mapping[str, object]) -> Scan:
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": id,
        "ce_source": "bench",
        "ce_type": "attendance.session_attended.v1",
        "ce_time": "2024-07-08T10:00:00Z",
    }
    return Scan(email.encode(), json.dumps(data).encode(), [(name, value.encode()) for name, value in attributes.items()])


async def fill(settings: ServiceSettings, count: int, attendees: int) -> None:
    """Make the topics and put the scans into ``attendance.inbound``."""
    await ensure_topics(topics_of("registration"), settings)
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap_servers, linger_ms=5)
    await producer.start()
    topic = settings.topic_prefix + "attendance.inbound"
    sent = [await producer.send(topic, one.value, one.key, headers=one.headers) for one in scans(count, attendees)]
    await asyncio.gather(*sent)
    await producer.stop()


class Speed(NamedTuple):
    """How fast a process was: events a second, and milliseconds of processor (user and system) an event."""

    rate: float
    processor: float


def speed(done: Callable[[], int], count: int, pid: int, seconds: float = 300) -> Speed:
    """The speed of the process, between the first tenth and the last: a peer's start-up is not its speed.

    Raises ``TimeoutError`` when they are not done in time.
    """
    process = psutil.Process(pid)
    deadline = time.monotonic() + seconds
    began: tuple[float, float, int] | None = None
    while time.monotonic() < deadline:
        now, busy, so_far = time.monotonic(), busy_seconds(process), done()
        if so_far >= count:
            if began is None:
                raise RuntimeError("done before it could be measured: give it more events")
            since, busy_before, done_before = began
            events = so_far - done_before
            return Speed(events / (now - since), (busy - busy_before) * 1000 / events)
        if began is None and so_far >= count / 10:
            began = now, busy, so_far
        time.sleep(0.01)
    raise TimeoutError(f"{done()} of {count} events after {seconds} s")


def own_prefix() -> str:
    """For the topics and databases of one round: they may lie on servers that others use too."""
    return f"{os.environ['TOPIC_PREFIX']}{uuid4().hex[:8]}."


def busy_seconds(process: psutil.Process) -> float:
    """The processor time of a process so far, user and system."""
    times = process.cpu_times()
    return times.user + times.system


def metric(url: str, name: str) -> float:
    """The sum of a metric of a service over its labels."""
    lines = httpx.get(f"{url}/metrics", timeout=30).text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))
