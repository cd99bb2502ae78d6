"""A full disk: no valid event is lost or dead-lettered, and work goes on once there is room again.

Filling a real file system takes an administrator. A limit on the size of files stops a server's writes in the same way, and can
be lifted while it runs.
"""

import asyncio
import resource
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_stack import Server, start_kafka, start_mongodb, start_service
from support.kafka import Kafka, cloud_event
from support.keys import operator
from support.mailing import SECRETS
from support.patience import PATIENCE

pytestmark = pytest.mark.proof

KEYS = SECRETS | {"PERSON_KEY": "a key for the tests, of some length", "SECRETS_KEY": "A" * 43 + "="}
CONFERENCE = {"name": "C", "starts": "2024-07-08", "ends": "2024-07-12"}


def disk_is_full(server: Server, full: bool) -> None:
    assert server.pid
    _, most = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1 if full else most, most))


@dataclass
class Desk:
    """A registration service with servers of its own."""

    mongodb: Server
    kafka: Server
    service: Server
    api: httpx.AsyncClient
    client: Kafka
    events: int = 0

    async def attend(self, *, over_http: bool = False) -> httpx.Response | None:
        self.events += 1
        data = {"conference_id": "c1", "attendee": {"email": f"a{self.events}@example.org"}}
        id = f"e{self.events}"
        if not over_http:
            await self.client.attend("checked_in", data, id=id)
            return None
        headers = {f"ce-{name[3:]}": (value or b"").decode() for name, value in cloud_event("attendance.checked_in.v1", id=id)}
        return await self.api.post("/attendance", json=data, headers=headers)

    async def faults(self) -> str:
        return " ".join((await self.api.get("/health/ready")).json()["faults"])

    async def until_fault(self, fault: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while fault not in await self.faults():
                await asyncio.sleep(0.2)

    async def until_all_is_well(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while (await self.statistics()).get("facts") != self.events or await self.faults():
                await asyncio.sleep(0.2)

    async def statistics(self) -> dict[str, Any]:
        return dict((await self.api.get("/statistics")).json())

    async def dead_letters(self) -> int:
        return await self.client.lag("registration.dead-letters", "nobody")


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    mongodb, kafka = await asyncio.gather(
        asyncio.to_thread(start_mongodb, tmp_path / "mongodb"), asyncio.to_thread(start_kafka, tmp_path / "kafka")
    )
    environment = KEYS | {"MONGODB_URI": mongodb.url, "KAFKA_BOOTSTRAP_SERVERS": kafka.url}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    servers = [kafka, mongodb]
    try:
        service = await asyncio.to_thread(start_service, "registration", tmp_path, environment)
        servers.insert(0, service)
        async with httpx.AsyncClient(base_url=service.url, timeout=PATIENCE) as api, Kafka(kafka.url, "") as client:
            await operator(api)
            (await api.put("/conferences/c1", json=CONFERENCE)).raise_for_status()
            yield Desk(mongodb, kafka, service, api, client)
    finally:
        for server in servers:
            await asyncio.to_thread(server.kill)


async def test_a_database_that_ran_out_of_disk_costs_no_event(desk: Desk) -> None:
    await desk.attend()
    await desk.until_all_is_well()
    disk_is_full(desk.mongodb, True)
    for _ in range(20):
        await desk.attend()
    await desk.until_fault("the database cannot write")
    refused = await desk.attend(over_http=True)
    assert refused
    assert (refused.status_code, refused.headers.get("retry-after")) == (503, "5"), refused.text
    desk.events -= 1  # its publisher knows that it was not taken
    assert (await desk.api.get("/health/live")).status_code == 200
    # It gives up at the first write that fails, and takes none until it is started again.
    await asyncio.to_thread(desk.mongodb.kill)
    await asyncio.to_thread(desk.mongodb.start)
    await desk.until_all_is_well()
    assert await desk.dead_letters() == 0
    assert desk.service.alive


async def test_a_kafka_that_ran_out_of_disk_costs_no_event(desk: Desk) -> None:
    await desk.attend()
    await desk.until_all_is_well()
    disk_is_full(desk.kafka, True)
    for _ in range(20):
        answer = await desk.attend(over_http=True)
        assert answer
        assert answer.status_code == 202, answer.text
    await desk.until_fault("Kafka does not answer")
    assert (await desk.api.get("/health/live")).status_code == 200
    # A broker ends whose only directory fails.
    await asyncio.to_thread(desk.kafka.kill)
    await asyncio.to_thread(desk.kafka.start)
    await desk.until_all_is_well()
    assert await desk.dead_letters() == 0
    assert desk.service.alive
