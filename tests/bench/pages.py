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
from typing import Any, Final, NamedTuple
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
CALM: Final = 0.1
"""The share of a core that a service and its database use while nobody asks for a page, at most: after a start, they have work to do."""
CALM_WITHIN: Final = 600.0
ONLY: Final = os.environ.get("BENCH_SERVICES", "matching,listings,registration,notifications").split(",")
Fill = Callable[[httpx.AsyncClient, Kafka, "Size"], Awaitable[Site]]


class Size(NamedTuple):
    """How many hosts there are before the copies, and how many listings each has. Attendees apply to them in turn."""

    hosts: int
    listings: int


SMALL: Final = Size(10, 9)
"""About as in the demo: 90 listings, and a dozen applications to each host."""
LARGE: Final = Size(1, LISTINGS_EACH)
"""All attendees apply to one host, which is copied."""


@dataclass(frozen=True)
class Subject:
    """A service: what its database is filled with, and which pages it has."""

    fill: Fill
    rows: tuple[Row, ...]
    copied: tuple[str, ...]
    """The collections whose documents are copied."""
    settings: Mapping[str, str] = field(default_factory=dict)


async def _fill_matching(api: httpx.AsyncClient, kafka: Kafka, size: Size) -> Site:
    return await matching.fill(api, kafka, people=PEOPLE_EACH - 2, listings=size.listings, hosts=size.hosts)


async def _fill_listings(api: httpx.AsyncClient, kafka: Kafka, size: Size) -> Site:
    return await listings.fill(api, kafka, listings=size.listings, hosts=size.hosts)


async def _fill_registration(api: httpx.AsyncClient, kafka: Kafka, size: Size) -> Site:
    return await registration.fill(api, kafka, people=PEOPLE_EACH - len(PEOPLE))


async def _fill_notifications(api: httpx.AsyncClient, kafka: Kafka, size: Size) -> Site:
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
        small = f"{PEOPLE_EACH} attendees, {SMALL.hosts * SMALL.listings} listings"
        yield from _pages_with(stack, service, SMALL, 0, small, 50)
        if COPIES:
            times = COPIES + 1
            large = f"{times * PEOPLE_EACH:,} attendees, {times * LISTINGS_EACH:,} listings"
            yield from _pages_with(stack, service, LARGE, COPIES, large, 100)


def _pages_with(stack: Stack, service: str, size: Size, copies: int, at: str, at_most: int) -> Iterator[dict[str, Any]]:
    """The pages of a service with data of its own, and so many copies of it."""
    environment = {**stack.environment(), **SUBJECTS[service].settings}
    environment |= {"TOPIC_PREFIX": own_prefix(), "LOG_LEVEL": "warning", "PYTHONPATH": str(TESTS)}
    before = dict(os.environ)
    os.environ |= environment
    command = [sys.executable, "-m", "bench.page_server", service]
    measured = stack.start_service(service, command=command, environment=environment, timeout=STARTS_WITHIN)
    try:
        site = asyncio.run(_filled(service, measured, environment, size))
        if copies:
            measured.stop()
            asyncio.run(_copied(service, copies))
            measured.start()
        yield from _pages_of(stack, service, measured, site, at, at_most)
    finally:
        measured.stop()
        stack.services.pop(service, None)
        os.environ.update(before)


async def _filled(service: str, server: Server, environment: Mapping[str, str], size: Size) -> Site:
    key = await (make_key() if service == "registration" else copy_key(service))
    headers = {"authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(base_url=server.url, headers=headers, timeout=120) as api,
        Kafka(environment["KAFKA_BOOTSTRAP_SERVERS"], environment["TOPIC_PREFIX"]) as kafka,
    ):
        return await SUBJECTS[service].fill(api, kafka, size)


async def _copied(service: str, copies: int) -> None:
    async with database_of(service) as database:
        known = set(await database.db.list_collection_names())
        if unknown := set(SUBJECTS[service].copied) - known:
            raise RuntimeError(f"{service} has no {', '.join(sorted(unknown))}, but {', '.join(sorted(known))}")
        await copy(database.db, dict.fromkeys(SUBJECTS[service].copied, copies))


def _pages_of(stack: Stack, service: str, server: Server, site: Site, at: str, at_most: int) -> Iterator[dict[str, Any]]:
    who = {name: asyncio.run(sign_in(service, site.ids[name])) for name in PEOPLE}
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=120)
    mongodb = stack.parts["mongodb"].server
    processes = [psutil.Process(server.pid), *([psutil.Process(mongodb.pid)] if mongodb else [])]
    _wait_until_calm(processes)
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


def _wait_until_calm(processes: list[psutil.Process]) -> None:
    """Raises ``TimeoutError``."""
    end = time.monotonic() + CALM_WITHIN
    while time.monotonic() < end:
        before = sum(busy_seconds(one) for one in processes)
        time.sleep(3)
        if sum(busy_seconds(one) for one in processes) - before < CALM * 3:
            return
    raise TimeoutError(f"still busy after {CALM_WITHIN:.0f} seconds")


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
