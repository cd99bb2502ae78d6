"""API keys as processes see them: registration issues and revokes, another service opens and closes, whatever runs meanwhile."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest

from local_stack import Server, start_kafka, start_service
from support.keys import bearer, operator
from support.patience import PATIENCE, until

LIMIT: Final = 5.0
"""Seconds within which a revocation reaches every service."""


@dataclass
class Desk:
    """Registration, and a service that has copies of its keys."""

    listings: Server
    registration: httpx.AsyncClient
    reader: httpx.AsyncClient

    async def issue(self) -> str:
        """A new key that the reader knows already."""
        answer = await self.registration.post("/keys", json={"name": "host", "scopes": ["operator"]})
        assert answer.status_code == 201, answer.text
        key = str(answer.json()["key"])
        await self.seconds_until(key, 200)
        return key

    async def revoke(self, key: str) -> None:
        assert (await self.registration.delete(f"/keys/{key[4:16]}")).status_code == 204
        assert (await self.registration.get("/dead-letters", headers=bearer(key))).status_code == 401, "at once, at registration"

    async def status(self, key: str) -> int:
        """How the reader answers to this key."""
        return (await self.reader.get("/statistics", headers=bearer(key))).status_code

    async def seconds_until(self, key: str, status: int) -> float:
        """Wait until the reader answers so. Returns how long that took."""
        since = time.monotonic()

        async def answers() -> bool:
            return await self.status(key) == status

        await until(answers)
        return time.monotonic() - since

    async def faults(self) -> str:
        return " ".join((await self.reader.get("/health/ready")).json()["faults"])


@pytest.fixture(scope="module")
def servers(shared_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Registration and listings, on the servers of all tests."""
    with started(shared_environment, tmp_path_factory.mktemp("services")) as servers:
        yield servers


@pytest.fixture
async def desk(servers: tuple[Server, Server]) -> AsyncIterator[Desk]:
    async with using(*servers) as desk:
        yield desk


@contextmanager
def started(environment: dict[str, str], directory: Path) -> Iterator[tuple[Server, Server]]:
    with ExitStack() as stack:
        registration = start_service("registration", directory, environment)
        stack.callback(registration.kill)
        listings = start_service("listings", directory, environment)
        stack.callback(listings.kill)
        yield registration, listings


@asynccontextmanager
async def using(registration: Server, listings: Server) -> AsyncIterator[Desk]:
    async with (
        httpx.AsyncClient(base_url=registration.url, timeout=PATIENCE) as issuer,
        httpx.AsyncClient(base_url=listings.url, timeout=PATIENCE) as reader,
    ):
        await operator(issuer)
        yield Desk(listings, issuer, reader)


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, which it may kill."""
    server = start_kafka(tmp_path / "kafka")
    yield server
    server.kill()


@pytest.fixture
def lone_servers(environment: dict[str, str], kafka: Server, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """On a Kafka of their own."""
    with started(environment | {"KAFKA_BOOTSTRAP_SERVERS": kafka.url}, tmp_path) as servers:
        yield servers


@pytest.fixture
async def lone_desk(lone_servers: tuple[Server, Server]) -> AsyncIterator[Desk]:
    async with using(*lone_servers) as desk:
        yield desk


async def test_a_key_opens_another_service_and_a_revoked_one_no_longer_within_seconds(desk: Desk) -> None:
    taken = []
    for _ in range(10):
        key = await desk.issue()
        await desk.revoke(key)
        taken.append(await desk.seconds_until(key, 401))
    print(f"\nrevoked elsewhere after {statistics.median(taken):.3f} s (median of 10), at most {max(taken):.3f} s")
    assert statistics.median(taken) < LIMIT


async def test_after_a_restart_a_service_knows_its_keys_and_learns_of_what_was_revoked_meanwhile(desk: Desk) -> None:
    valid, revoked_before, revoked_meanwhile = [await desk.issue() for _ in range(3)]
    await desk.revoke(revoked_before)
    await desk.seconds_until(revoked_before, 401)
    await asyncio.to_thread(desk.listings.stop)
    await desk.revoke(revoked_meanwhile)
    await asyncio.to_thread(desk.listings.start)
    assert await desk.status(revoked_before) == 401
    assert await desk.status(valid) == 200
    seconds = await desk.seconds_until(revoked_meanwhile, 401)
    print(f"\nrevoked while the service was down: closed {seconds:.3f} s after it was ready")
    assert seconds < LIMIT
    await desk.revoke(valid)
    assert await desk.seconds_until(valid, 401) < LIMIT


async def test_while_kafka_is_away_what_is_known_holds_and_readiness_says_so(lone_desk: Desk, kafka: Server) -> None:
    desk = lone_desk
    valid, revoked_before, revoked_meanwhile = [await desk.issue() for _ in range(3)]
    await desk.revoke(revoked_before)
    await desk.seconds_until(revoked_before, 401)
    await asyncio.to_thread(kafka.kill)

    async def is_missed() -> bool:
        return "Kafka does not answer" in await desk.faults()

    await until(is_missed)
    await desk.revoke(revoked_meanwhile)
    assert [await desk.status(key) for key in (valid, revoked_before, revoked_meanwhile)] == [200, 401, 200]
    await asyncio.to_thread(kafka.start)
    seconds = await desk.seconds_until(revoked_meanwhile, 401)
    print(f"\nrevoked while Kafka was away: closed {seconds:.3f} s after Kafka was back")
    assert await desk.status(valid) == 200
