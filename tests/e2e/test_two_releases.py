"""The last release and this code side by side under load: forward, back, forward again. Nothing is lost, done twice or stopped."""

import asyncio
import io
import os
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from local_stack import Server, Stack, start_service
from shared.contract.topics import SERVICES
from support.answers import ok
from support.databases import database_of
from support.kafka import Kafka
from support.patience import PATIENCE
from support.platform import Platform, caught_up, person, prepare, publish_listing, running

pytestmark = pytest.mark.upgrade

RELEASED: Final = "189c7038aef3"
"""The commit of the release; before the first one that can be upgraded without a stop, the commit from which this is possible."""
ROOT: Final = Path(__file__).parents[2]
DEADLINE: Final = (datetime.now(UTC) + timedelta(days=14)).isoformat()
NO_IDLE: Final = httpx.Limits(max_keepalive_connections=0)
"""A connection that waits may be closed by the service in the moment in which it is used again."""
TOGETHER_SECONDS: Final = 2.0
"""How long two releases of one service work side by side, at least."""


@pytest.fixture(scope="module")
def released_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """``PYTHONPATH`` for the services of the release. All that it needs is in this environment too, in the same versions."""
    archive = subprocess.run(["git", "archive", RELEASED, "shared", "services"], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip("this copy of the project does not have the history that holds the release")
    directory = tmp_path_factory.mktemp("released")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(directory, filter="data")
    pythonpath = os.pathsep.join(
        str(directory / folder / "src") for folder in ("shared", *(f"services/{one}" for one in SERVICES))
    )
    # Its image holds the engine's machine code.
    settings = os.environ | {"PYTHONPATH": pythonpath}
    subprocess.run([sys.executable, "-m", "matching.engine.warm_up"], env=settings, check=True)
    return pythonpath


class Upgrade:
    """The services, of which one or both releases run, and the load on them."""

    def __init__(self, platform: Platform, client: httpx.AsyncClient, kafka: Kafka, prefix: str) -> None:
        self._platform = platform
        self._client = client
        self._kafka = kafka
        self._prefix = prefix
        self._ended = asyncio.Event()
        self._load: list[asyncio.Task[None]] = []
        self.running = {service: [server] for service, server in platform.servers.items()}
        """As a load balancer knows them: only those that are ready and not about to stop."""
        self.attended: list[str] = []
        self.published: list[str] = []

    async def ask(self, service: str, method: str, path: str, body: Any = None, version: int | None = None) -> Any:
        """One instance's answer, which has to be a success whatever happens to the others."""
        server = self.running[service][len(self.attended) % len(self.running[service])]
        headers = {} if version is None else {"if-match": f'"{version}"'}
        return await ok(self._client.request(method, f"{server.url}{path}", json=body, headers=headers))

    async def replace(self, service: str, old: Server, start: Callable[[], Server]) -> Server:
        """Start an instance beside the old one, let both work, and stop the old one. Returns the new one."""
        new = await asyncio.to_thread(start)
        self.running[service] = [old, new]
        await asyncio.sleep(TOGETHER_SECONDS)
        self.running[service] = [new]
        await asyncio.sleep(0.5)  # what it was asked before ends, as behind a load balancer
        await asyncio.to_thread(old.stop)
        assert "stopped_uncleanly" not in old.log.read_text()
        for task in self._load:
            if task.done():
                task.result()
        return new

    async def attend(self) -> None:
        """Somebody new comes to a session."""
        email = f"p{len(self.attended)}.{self._prefix}x@example.org"
        agreed = {"mail": True, "matching": True, "sharing": True}
        attended = {"conference_id": "c1", "session_id": "s1", "attendee": person(email) | {"consent": agreed}}
        await self._kafka.attend("session_attended", attended)
        self.attended.append(email)

    async def _attend(self) -> None:
        while not self._ended.is_set():
            await self.attend()
            await asyncio.sleep(0.5)

    async def _publish(self) -> None:
        for number in count():
            if self._ended.is_set():
                return
            id = f"n{number}"
            listing = {
                "organization_id": "o1",
                "title": f"Work {number}",
                "description": "Work",
                "skills": ["Haskell"],
                "capacity": 1,
            }
            await self.ask("listings", "PUT", f"/listings/{id}", listing)
            await self.ask("listings", "POST", f"/listings/{id}/publish")
            self.published.append(id)
            await self.ask("registration", "GET", "/statistics")
            await self.ask("matching", "GET", "/statistics")
            await self.ask("notifications", "GET", "/statistics")
            await asyncio.sleep(4)

    async def hire(self, email: str) -> Any:
        """Somebody applies, and accepts an offer. Returns the application."""
        attendee = await self.ask("registration", "GET", f"/attendees?email={email}")
        application = await self.ask("matching", "PUT", f"/attendees/{attendee['id']}/applications/l2", {"name": "Ada"})
        for command, body in (("offer", {"deadline": DEADLINE}), ("accept", None)):
            path = f"/applications/{application['id']}/{command}"
            application = await self.ask("matching", "POST", path, body, application["version"])
        return application

    @asynccontextmanager
    async def load(self) -> AsyncIterator[None]:
        """Attendees come, and listings are published; ``replace`` raises what went wrong."""
        self._load = [asyncio.create_task(work) for work in (self._attend(), self._publish())]
        try:
            yield
        finally:
            self._ended.set()
            await asyncio.gather(*self._load)


async def add_a_field() -> None:
    """Do as the new release might: add a field to every document that the release has stored."""
    for service in SERVICES:
        async with database_of(service) as database:
            for name in await database.db.list_collection_names():
                await database.db[name].update_many({}, {"$set": {"of_a_newer_release": {"name": "Ada"}}})


async def test_an_upgrade_its_rollback_and_the_next_try_lose_and_repeat_nothing(
    released_path: str, stack: Stack, environment: dict[str, str], kafka: Kafka, tmp_path: Path
) -> None:
    if not stack.inbox_url:
        pytest.skip("SMTP_URL names a server whose mails cannot be read here")

    def start_released(service: str) -> Server:
        return start_service(service, tmp_path / "released", environment | {"PYTHONPATH": released_path})

    def start_current(service: str) -> Server:
        command = [sys.executable, "-m", service]
        subprocess.run([*command, "migrate"], env=os.environ | environment, check=True, capture_output=True)
        return start_service(service, tmp_path / "current", environment)

    async with (
        running(start_released, stack.inbox_url) as platform,
        httpx.AsyncClient(timeout=PATIENCE, headers=await platform.operator(), limits=NO_IDLE) as client,
    ):
        await prepare(platform, client)
        await publish_listing(platform, client, "l2", "Vectors", ["NumPy"])
        await kafka.no_lag("listings.listings", "matching.catalogue")
        released = dict(platform.servers)
        upgrade = Upgrade(platform, client, kafka, environment["TOPIC_PREFIX"])
        current: dict[str, Server] = {}
        await upgrade.attend()
        await platform.mail(upgrade.attended[0], naming="Faster")
        await add_a_field()
        try:
            async with upgrade.load():
                for service in SERVICES:
                    current[service] = await upgrade.replace(service, released[service], partial(start_current, service))
                hired = await upgrade.hire(upgrade.attended[0])
                for service in reversed(SERVICES):
                    await upgrade.replace(service, current[service], released[service].start)
                for service in SERVICES:
                    await upgrade.replace(service, released[service], current[service].start)
            await caught_up(kafka)
            print(f"\n{len(upgrade.attended)} attendances and {len(upgrade.published)} listings while releases changed")

            assert await upgrade.ask("matching", "GET", f"/applications/{hired['id']}") == hired
            for service in SERVICES:
                assert await kafka.size(f"{service}.dead-letters") == 0, service
            async with database_of("registration") as registration, database_of("matching") as matching:
                assert await registration.db["attendance"].count_documents({}) == len(upgrade.attended)
                assert await matching.db["candidates"].count_documents({}) == len(upgrade.attended)
                known = {listing["_id"] async for listing in matching.db["listings"].find({}, {"_id": 1})}
            assert known == {"l1", "l2", *upgrade.published}
            for email in upgrade.attended:
                await platform.mail(email, naming="Faster")
                mails = await platform.mails(email)
                assert set(Counter(mail["text"] for mail in mails).values()) == {1}
                assert set(Counter(dict(mail["headers"])["Message-ID"] for mail in mails).values()) == {1}
        finally:
            await asyncio.gather(*(asyncio.to_thread(server.stop) for server in current.values()))
