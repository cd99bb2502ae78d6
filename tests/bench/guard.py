"""What it costs to check who makes a request: by a key, and by a session, beside the same read without a guard."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from statistics import median
from typing import Any, Final
from urllib.parse import urlsplit

from bench.guarded import HOST, LISTING
from bench.load import own_prefix
from bench.pipeline import TESTS
from local_stack import Stack
from shared.database.mongo import Database
from shared.settings import ServiceSettings
from shared.signing_keys import new_key
from shared.web.access.keys import digest, generate, text
from shared.web.access.scopes import scopes_of
from shared.web.access.sessions import COOKIE, LIFETIME, SignInSession, signed

REQUESTS: Final = int(os.environ.get("BENCH_REQUESTS", "3000"))
CALLERS: Final = 500
"""Of each kind there are as many who ask for the first time."""
WARM: Final = 200
GUARDED: Final = [sys.executable, "-m", "bench.guarded"]


def guard(stack: Stack) -> Iterator[dict[str, Any]]:
    """One connection asks the three in turn, so that whatever else the machine does slows all of them."""
    names = {"TOPIC_PREFIX": own_prefix(), "LOG_LEVEL": "warning", "PYTHONPATH": str(TESTS)}
    environment = {**stack.environment(), **names}
    shown = asyncio.run(_let_in(environment))
    service = stack.start_service("listings", command=GUARDED, environment=environment)
    try:
        connection = HTTPConnection(urlsplit(service.url).netloc, timeout=60)
        again = {name: headers[:1] * (WARM + REQUESTS) for name, headers in shown.items()}
        for at, asked, skipped in (("again within a second", again, WARM), ("for the first time", shown, 1)):
            seconds = _in_turn(connection, asked, skipped)
            without = median(seconds["open"])
            for name in ("key", "session"):
                checks = [guarded - free for guarded, free in zip(seconds[name], seconds["open"], strict=True)]
                yield {
                    "name": f"guard_{name}",
                    "value": round(median(checks) * 1_000_000),
                    "unit": "µs a request",
                    "of": "p50",
                    "ratio": round(without / median(seconds[name]), 2),
                    "to": f"the same read without a guard, {without * 1000:.2f} ms",
                    "at": f"somebody who asks {at}",
                }
        connection.close()
    finally:
        service.stop()
        stack.services.pop("listings", None)


def _in_turn(connection: HTTPConnection, asked: dict[str, list[dict[str, str]]], skipped: int) -> dict[str, list[float]]:
    """The seconds of each answer, but for the first ones, by what was asked with which headers."""
    seconds: dict[str, list[float]] = {name: [] for name in asked}
    for each in zip(*asked.values(), strict=True):
        for name, headers in zip(asked, each, strict=True):
            seconds[name].append(_ask(connection, f"/{name}/listings/{LISTING}", headers))
    return {name: each[skipped:] for name, each in seconds.items()}


def _ask(connection: HTTPConnection, path: str, headers: dict[str, str]) -> float:
    began = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    told = answer.read()
    seconds = time.perf_counter() - began
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}: {told[:500]!r}")
    return seconds


async def _let_in(environment: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """Have the service's database know keys, and admins of the host who are signed in. Returns the headers with them."""
    given = {name: environment[name.upper()] for name in ("mongodb_uri", "topic_prefix")}
    database = Database("listings", ServiceSettings(**given))  # type: ignore[arg-type]
    now = datetime.now(UTC)
    signing = new_key("k1", now, now + 2 * LIFETIME)
    public = signing.public
    keys = [generate() for _ in range(CALLERS)]
    people = [f"{number:032x}" for number in range(CALLERS)]
    kept = {"conference_id": None, "organization_id": None, "source": None, "expires_at": None, "revoked_at": None}
    scopes = sorted(scopes_of("listings"))
    try:
        await database.db["api_keys"].insert_many(
            [{"_id": id, "version": 1, "digest": digest(secret), "scopes": scopes, **kept} for id, secret in keys]
        )
        await database.db["session_keys"].insert_one(
            {"_id": public.id, "version": 1, "x": public.x, "not_before": public.not_before, "ends_at": public.ends_at}
        )
        await database.db["staff"].insert_many([{"person_id": id, "role": "admin", "organization_id": HOST} for id in people])
    finally:
        database.close()
    sessions = [SignInSession(f"s{id}", id, 0, now - timedelta(minutes=1), now + timedelta(hours=1)) for id in people]
    return {
        "open": [{} for _ in range(CALLERS)],
        "key": [{"authorization": f"Bearer {text(id, secret)}"} for id, secret in keys],
        "session": [{"cookie": f"{COOKIE}={signed(session, signing)}"} for session in sessions],
    }
