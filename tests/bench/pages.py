"""How long each page takes on its server, with as much data as the demo has, and with much more.

What is there was made by the services themselves, as in the tests; the much that is more are copies of it.
"""

import asyncio
import os
import re
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, RemoteDisconnected
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import psutil

from bench.copies import copy
from bench.load import busy_seconds, own_prefix
from bench.pipeline import TESTS
from local_stack import Server, Stack
from support.copied_keys import copy_key
from support.databases import database_of
from support.kafka import Kafka
from support.keys import make_key
from support.notified import Publisher
from support.sessions import sign_in
from support.site import listings, matching, matching_rows, notifications, registration
from support.site.everybody import PEOPLE, Row, Site

REQUESTS: Final = int(os.environ.get("BENCH_REQUESTS", "40"))
PEOPLE_EACH: Final = 120
LISTINGS_EACH: Final = 6
COPIES: Final = int(os.environ.get("BENCH_COPIES", "833"))
"""Besides the first ones: 100,080 attendees, and 5,004 listings."""
STARTS_WITHIN: Final = 600.0
WARM: Final = 5
ONLY: Final = os.environ.get("BENCH_SERVICES", "matching,listings,registration,notifications").split(",")
Fill = Callable[[httpx.AsyncClient, Kafka], Awaitable[Site]]


@dataclass(frozen=True)
class Subject:
    """A service: what its database is filled with, and which pages it has."""

    fill: Fill
    rows: tuple[Row, ...]
    copied: tuple[str, ...]
    """The collections whose documents are copied."""
    settings: Mapping[str, str] = field(default_factory=dict)


async def _fill_matching(api: httpx.AsyncClient, kafka: Kafka) -> Site:
    return await matching.fill(api, kafka, people=PEOPLE_EACH - 2, listings=6, hosts=1)


async def _fill_listings(api: httpx.AsyncClient, kafka: Kafka) -> Site:
    return await listings.fill(api, kafka, listings=6, hosts=1)


async def _fill_registration(api: httpx.AsyncClient, kafka: Kafka) -> Site:
    return await registration.fill(api, kafka, people=PEOPLE_EACH - len(PEOPLE))


async def _fill_notifications(api: httpx.AsyncClient, kafka: Kafka) -> Site:
    publish = Publisher(kafka)
    site = await notifications.fill(publish)
    for number in range(PEOPLE_EACH - len(PEOPLE)):
        await publish.contact(f"att{number:04}-0000")
    await publish.applied()
    return site


SUBJECTS: Final[dict[str, Subject]] = {
    "matching": Subject(
        _fill_matching,
        matching_rows.ROWS,
        ("candidates", "listings", "applications", "placements", "seats", "roles", "nominations"),
        {"CANDIDATE_COUNTS_SECONDS": "86400", "INSIGHT_SECONDS": "86400"},
    ),
    "listings": Subject(_fill_listings, listings.ROWS, ("organizations", "mentors", "listings", "ideas", "authors")),
    "registration": Subject(_fill_registration, registration.ROWS, ("attendees", "identities", "attendance", "placements")),
    "notifications": Subject(_fill_notifications, notifications.ROWS, ("contacts",)),
}


def pages(stack: Stack) -> Iterator[dict[str, Any]]:
    """Each page of each service, in turn with an empty one, first with little data, then with much."""
    for service in ONLY:
        environment = {**stack.environment(), **SUBJECTS[service].settings}
        environment |= {"TOPIC_PREFIX": own_prefix(), "LOG_LEVEL": "warning", "PYTHONPATH": str(TESTS)}
        os.environ |= environment
        command = [sys.executable, "-m", "bench.page_server", service]
        measured = stack.start_service(service, command=command, environment=environment, timeout=STARTS_WITHIN)
        try:
            site = asyncio.run(_filled(service, measured, environment))
            yield from _pages_of(stack, service, measured, site, _size(1), 50)
            if COPIES:
                measured.stop()
                asyncio.run(_copied(service))
                measured.start()
                yield from _pages_of(stack, service, measured, site, _size(COPIES + 1), 100)
        finally:
            measured.stop()
            stack.services.pop(service, None)


def _size(times: int) -> str:
    return f"{times * PEOPLE_EACH:,} attendees, {times * LISTINGS_EACH:,} listings"


async def _filled(service: str, server: Server, environment: Mapping[str, str]) -> Site:
    key = await (make_key() if service == "registration" else copy_key(service))
    headers = {"authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(base_url=server.url, headers=headers, timeout=120) as api,
        Kafka(environment["KAFKA_BOOTSTRAP_SERVERS"], environment["TOPIC_PREFIX"]) as kafka,
    ):
        return await SUBJECTS[service].fill(api, kafka)


async def _copied(service: str) -> None:
    async with database_of(service) as database:
        known = set(await database.db.list_collection_names())
        if unknown := set(SUBJECTS[service].copied) - known:
            raise RuntimeError(f"{service} has no {', '.join(sorted(unknown))}, but {', '.join(sorted(known))}")
        await copy(database.db, dict.fromkeys(SUBJECTS[service].copied, COPIES))


def _pages_of(stack: Stack, service: str, server: Server, site: Site, at: str, at_most: int) -> Iterator[dict[str, Any]]:
    who = {name: asyncio.run(sign_in(service, site.ids[name])) for name in PEOPLE}
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=120)
    mongodb = stack.parts["mongodb"].server
    processes = [psutil.Process(server.pid), *([psutil.Process(mongodb.pid)] if mongodb else [])]
    for row in SUBJECTS[service].rows:
        # Of what everybody sees, an attendee's.
        insiders = [name for name in PEOPLE if row.expected(name) == 0]
        if row.method != "GET" or not insiders or re.search("/none|/why|/export|[.]jwt", row.path):
            continue
        headers = who[insiders[0]] | {"accept": "text/html", "accept-language": "en"}
        path = row.path.format(**site.values)
        for _ in range(WARM):
            _ask(connection, path, headers)
            _ask(connection, "/empty", headers)
        ours, theirs, processor = [], [], [0.0, 0.0]
        for _ in range(REQUESTS):
            theirs.append(_ask(connection, "/empty", headers))
            ours.append(_ask(connection, path, headers))
        before = [busy_seconds(one) for one in processes]
        for _ in range(REQUESTS):
            _ask(connection, path, headers)
        for number, one in enumerate(processes):
            processor[number] = (busy_seconds(one) - before[number]) * 1000 / REQUESTS
        p50, p95 = _percentiles(ours)
        yield {
            "name": "pages",
            "value": round(p95, 1),
            "unit": "ms",
            "of": "p95",
            "page": f"{service} {row.path}",
            "p50": round(p50, 1),
            "ratio": round(p95 / _percentiles(theirs)[1], 1),
            "to": f"an empty page of the same layout, {_percentiles(theirs)[1]:.1f} ms",
            "at": at,
            "at_most": at_most,
            "processor_ms": round(processor[0], 1),
            "database_ms": round(processor[1], 1),
        }
    connection.close()


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    """p50 and p95 in milliseconds."""
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2] * 1000, ordered[int(len(ordered) * 0.95)] * 1000


def _ask(connection: HTTPConnection, path: str, headers: Mapping[str, str]) -> float:
    began = time.perf_counter()
    try:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
    except RemoteDisconnected:  # the service ended a connection that nobody used for seconds, on a busy machine
        connection.close()
        return _ask(connection, path, headers)
    told = answer.read()
    seconds = time.perf_counter() - began
    if answer.status >= 400 and answer.status != 409:  # what the state forbids is said on a page, too
        raise RuntimeError(f"{path}: {answer.status}: {told[:500]!r}")
    return seconds
