"""How many attendance events a second are accepted over HTTP, in batches, and how long an answer takes.

Accepted is what is committed to the outbox: the answer comes after that. ``ingest_http`` measures the endpoint: in either peer
nothing but requests is worked on, as in an instance of which another has the outbox's lease and the topic's partitions.
``ingest_http_alone`` is one process that does it all: it publishes and records what it accepts at the same time.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import islice
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from bench.load import CONFERENCE, own_prefix, scans
from bench.pipeline import TESTS
from local_stack import Server, Stack
from support.keys import make_key

EVENTS = int(os.environ.get("BENCH_EVENTS", "20000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
BATCH = 100
CLIENTS = 4
ATTENDEES = 2_000
DOOR = [sys.executable, "-m", "bench.door"]


def ingest_http(stack: Stack) -> Iterator[dict[str, Any]]:
    """The endpoint beside one that only validates, in turn, ``ROUNDS`` times; then the whole service."""
    bodies = _bodies(EVENTS)
    keeping, validating = [], []
    for _ in range(ROUNDS):
        keeping.append(_round(stack, bodies, DOOR, {"KEEP": "true"}))
        validating.append(_round(stack, bodies, DOOR, {"KEEP": "false"}))
    pairs = [(our[0], their[0]) for our, their in zip(keeping, validating, strict=True)]
    print(f"ingest_http: events/s, ours and theirs: {[(round(our), round(their)) for our, their in pairs]}", file=sys.stderr)
    yield {
        "name": "ingest_http",
        "value": round(median(our for our, _ in pairs)),
        "unit": "events/s",
        "ratio": round(median(our / their for our, their in pairs), 2),
        "to": "the same endpoint, which validates and answers but keeps nothing",
        "at": f"batches of {BATCH}, {CLIENTS} connections",
    }
    for name, cut in (("ingest_http_p50", 49), ("ingest_http_p99", 98)):
        answers = [quantiles(seconds, n=100)[cut] for _, seconds in keeping]
        yield {"name": name, "value": round(median(answers) * 1000, 1), "unit": "ms", "at": f"a batch of {BATCH}"}
    rate, seconds = _round(stack, bodies)
    yield {
        "name": "ingest_http_alone",
        "value": round(rate),
        "unit": "events/s",
        "p99_ms": round(quantiles(seconds, n=100)[98] * 1000, 1),
        "at": "one process that takes in, publishes and records",
    }


def _bodies(count: int) -> list[bytes]:
    """Batches in the JSON Batch Format, made beforehand."""
    events = (
        {name.removeprefix("ce_"): value.decode() for name, value in one.headers} | {"data": orjson.loads(one.value)}
        for one in scans(count, ATTENDEES)
    )
    return [orjson.dumps(list(islice(events, BATCH))) for _ in range(count // BATCH)]


def _round(
    stack: Stack, bodies: list[bytes], command: list[str] | None = None, options: Mapping[str, str] | None = None
) -> tuple[float, list[float]]:
    """Events a second, and the seconds of each answer, of registration or of what ``command`` starts in its place."""
    names = {"TOPIC_PREFIX": own_prefix(), "LOG_LEVEL": "warning", "PYTHONPATH": str(TESTS)}
    environment = {**stack.environment(), **names, **(options or {})}
    service = stack.start_service("registration", command=command, environment=environment)
    try:
        headers = {"authorization": f"Bearer {asyncio.run(make_key(environment=environment))}"}
        if not command:
            httpx.put(f"{service.url}/conferences/c1", json=CONFERENCE, headers=headers, timeout=30).raise_for_status()
        headers["content-type"] = "application/cloudevents-batch+json"
        _post(service, headers, bodies[:20])  # a start-up is not its speed
        with ThreadPoolExecutor(CLIENTS) as clients:
            began = time.monotonic()
            shares = [clients.submit(_post, service, headers, bodies[n::CLIENTS]) for n in range(CLIENTS)]
            seconds = [each for share in shares for each in share.result()]
            return len(bodies) * BATCH / (time.monotonic() - began), seconds
    finally:
        service.stop()
        stack.services.pop("registration", None)


def _post(service: Server, headers: dict[str, str], bodies: list[bytes]) -> list[float]:
    """Send one after the other over one connection; the seconds of each answer."""
    seconds = []
    connection = HTTPConnection(urlsplit(service.url).netloc, timeout=60)
    for body in bodies:
        began = time.perf_counter()
        connection.request("POST", "/attendance", body, headers)
        answer = connection.getresponse()
        told = answer.read()
        seconds.append(time.perf_counter() - began)
        if answer.status != 202 or _taken(orjson.loads(told)) != BATCH:
            raise RuntimeError(f"{answer.status}: {told[:500]!r}")
    connection.close()
    return seconds


def _taken(results: dict[str, Any]) -> int:
    accepted: int = results["accepted"] + results["repeated"]  # the first batches come twice
    return accepted
