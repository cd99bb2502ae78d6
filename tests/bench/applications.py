"""How many commands on applications a second are accepted over HTTP, beside the bare transactions behind them."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from statistics import median
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import orjson
import psutil

from bench.load import busy_seconds, own_prefix
from bench.pipeline import TESTS
from bench.transitions import COURSE, NOTE, Bare, sample
from local_stack import Stack
from support.applying import Applying
from support.copied_keys import copy_key

APPLICATIONS: Final = int(os.environ.get("BENCH_APPLICATIONS", "200"))
ROUNDS: Final = int(os.environ.get("BENCH_ROUNDS", "3"))
CLIENTS: Final = 4
WARM: Final = 20


class Speed(NamedTuple):
    """Commands a second, and milliseconds of processor (user and system) a command."""

    rate: float
    processor: float


def applications(stack: Stack) -> Iterator[dict[str, Any]]:
    """The endpoint beside its peer in turn, ``ROUNDS`` times, on the same database; then the whole service."""
    ours, theirs, answers = [], [], []
    last, *prefixes = [own_prefix() for _ in range(ROUNDS + 1)]
    for prefix in prefixes:
        our, seconds = _round(stack, prefix, alone=False)
        ours.append(our)
        answers.append(seconds)
        theirs.append(asyncio.run(_peer(WARM + APPLICATIONS)))
    pairs = list(zip(ours, theirs, strict=True))
    print(
        f"applications: ours and theirs: {[(tuple(map(round, our)), tuple(map(round, their))) for our, their in pairs]}",
        file=sys.stderr,
    )
    yield {
        "name": "applications",
        "value": round(median(our.rate for our in ours)),
        "unit": "commands/s",
        "ratio": round(median(our.rate / their.rate for our, their in pairs), 2),
        "at_least": 0.5,
        "to": f"bare transactions that read and write the same documents, {round(median(their.rate for their in theirs))}/s",
        "at": f"{CLIENTS} connections",
        "p50_ms": {name: round(median(median(one[name]) for one in answers) * 1000, 1) for name in COURSE},
    }
    yield {
        "name": "applications_processor",
        "value": round(median(our.processor for our in ours), 2),
        "unit": "ms of the processor a command",
        "peer": round(median(their.processor for their in theirs), 2),
    }
    alone, seconds = _round(stack, last, alone=True)
    yield {
        "name": "applications_alone",
        "value": round(alone.rate),
        "unit": "commands/s",
        "at": "one process that also publishes, and makes the attendees' recommendations again",
        "p50_ms": {name: round(median(seconds[name]) * 1000, 1) for name in COURSE},
    }


def _round(stack: Stack, prefix: str, *, alone: bool) -> tuple[Speed, dict[str, list[float]]]:
    """The speed of matching, and the seconds of each answer. ``alone``: there is no other instance that publishes."""
    names = {"TOPIC_PREFIX": prefix, "LOG_LEVEL": "warning", "PYTHONPATH": str(TESTS)}
    environment = {**stack.environment(), **names}
    os.environ |= environment
    count = WARM + APPLICATIONS
    key = asyncio.run(_prepare(2 * count + 1, alone=alone))  # as many for the peer, and one for its sample
    service = stack.start_service("matching", environment=environment)
    try:
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        _course(service.url, headers, range(WARM))  # a start-up is not its speed
        process = psutil.Process(service.pid)
        with ThreadPoolExecutor(CLIENTS) as clients:
            began, busy = time.monotonic(), busy_seconds(process)
            shares = [clients.submit(_course, service.url, headers, range(WARM + n, count, CLIENTS)) for n in range(CLIENTS)]
            told = [share.result() for share in shares]
            speed = _speed(began, busy, busy_seconds(process))
    finally:
        service.stop()
        stack.services.pop("matching", None)
    return speed, {name: [one for each in told for one in each[name]] for name in COURSE}


def _speed(began: float, busy_before: float, busy: float) -> Speed:
    commands = APPLICATIONS * len(COURSE)
    return Speed(commands / (time.monotonic() - began), (busy - busy_before) * 1000 / commands)


async def _prepare(count: int, *, alone: bool) -> str:
    """Have the service know so many attendees, and a listing for each. Returns an API key."""
    async with Applying() as applying:
        for repository in (applying.applications, applying.catalogue, applying.candidates):
            await repository.ensure_indexes()
        for start in range(0, count, 500):
            numbers = range(start, min(start + 500, count))
            await applying.attend(*(f"a{number}" for number in numbers))
            await applying.host(*(f"l{number}" for number in numbers))
        if not alone:
            lease = {"owner": "another instance", "until": datetime.now(UTC) + timedelta(hours=1)}
            await applying.database.db["leases"].replace_one({"_id": "outbox"}, lease, upsert=True)
    return await copy_key("matching")


async def _peer(count: int) -> Speed:
    """The speed of bare transactions, with applications that the service has not had."""
    transactions, application_id = await sample(f"a{2 * count}", f"l{2 * count}")
    ids = [
        {
            f"a{2 * count}": f"a{number}",
            f"l{2 * count}": f"l{number}",
            application_id: f"{number:032}",
        }
        for number in range(count, 2 * count)
    ]
    async with Bare(transactions) as peer:
        await peer.run(peer.courses(ids[:WARM]), CLIENTS)
        courses = peer.courses(ids[WARM:])
        began, busy = time.monotonic(), time.process_time()
        await peer.run(courses, CLIENTS)
        return _speed(began, busy, time.process_time())


def _course(url: str, headers: dict[str, str], numbers: Any) -> dict[str, list[float]]:
    """Take each of these applications from the letter to the placement, over one connection. The seconds of each command."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    seconds: dict[str, list[float]] = {name: [] for name in COURSE}
    for number in numbers:
        attendee, listing = f"a{number}", f"l{number}"
        application, etag = "", ""
        now = datetime.now(UTC)
        times = [{"starts": _day(now, n), "ends": _day(now, n + 0.04), "place": "Room 1"} for n in (2, 3)]
        bodies: dict[str, Any] = {
            "apply": {"name": f"Name of {attendee}", "note": NOTE},
            "interview": {"slots": times},
            "pick-slot": {"slot": 1},
            "offer": {"deadline": _day(now, 7)},
        }
        for command in COURSE:
            path = f"/applications/{application}/{command}"
            method, path = ("PUT", f"/attendees/{attendee}/applications/{listing}") if command == "apply" else ("POST", path)
            sent = headers | ({"if-match": etag} if etag else {})
            body = orjson.dumps(bodies[command]) if command in bodies else None
            began = time.perf_counter()
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            told = answer.read()
            seconds[command].append(time.perf_counter() - began)
            if answer.status >= 300:
                raise RuntimeError(f"{command}: {answer.status}: {told[:500]!r}")
            application, etag = orjson.loads(told)["id"], answer.headers["etag"]
    connection.close()
    return seconds


def _day(now: datetime, days: float) -> str:
    return (now + timedelta(days=days)).isoformat()
