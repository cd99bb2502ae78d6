"""What a killed instance left open in the database is closed by those that live, at once or within seconds."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from shared.database.instances import Instances
from shared.database.mongo import Database, Document, Tx
from shared.settings import ServiceSettings

SOON = 25
"""In seconds. The server itself would wait for half a minute at least."""


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Database]:
    database = Database("matching", ServiceSettings())
    await database.db["things"].insert_one({"_id": "one", "count": 0})
    yield database
    database.close()


@asynccontextmanager
async def killed(database: Database, pid: int | None = None) -> AsyncIterator[Instances]:
    """An instance that was killed in the middle of a transaction, on another host or as this process of this one."""
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(ServiceSettings().mongodb_uri.get_secret_value())
    db = client[database.db.name]
    instances = Instances(client, db)
    await instances.join()
    session = await client.start_session()
    await instances.opened(session.delegate.session_id)
    session.start_transaction()
    await db["things"].update_one({"_id": "one"}, {"$inc": {"count": 100}}, session=session)
    where = {"host": "another"} if pid is None else {"pid": pid}
    await db["instances"].update_one({"_id": instances.id}, {"$set": where})
    try:
        yield instances
    finally:
        client.close()


async def count_up(database: Database) -> None:
    async def work(tx: Tx) -> None:
        await database.db["things"].update_one({"_id": "one"}, {"$inc": {"count": 1}}, session=tx.session)

    async with asyncio.timeout(SOON):
        await database.transact(work)


async def count(database: Database) -> int:
    document = await database.db["things"].find_one({"_id": "one"})
    assert document
    return int(document["count"])


def watching(database: Database, gone_seconds: float = 0.3) -> Instances:
    return Instances(database._client, database.db, gone_seconds)


async def test_the_successor_on_the_same_host_need_not_wait(database: Database) -> None:
    ended = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await ended.wait()
    async with killed(database, ended.pid):
        await database.instances.join()
        await count_up(database)
    assert await count(database) == 1
    assert [entry["_id"] async for entry in database.db["instances"].find()] == [database.instances.id]


async def test_in_a_container_the_predecessor_had_our_own_process_id(database: Database) -> None:
    async with killed(database, os.getpid()):
        await database.instances.join()
        await count_up(database)
    assert await count(database) == 1


async def test_the_successor_leaves_a_process_alone_that_runs(database: Database) -> None:
    async with killed(database, os.getppid()) as other:
        await database.instances.join()
        assert await database.db["instances"].find_one({"_id": other.id})


async def test_an_instance_on_another_host_is_gone_when_its_heartbeat_stands_still(database: Database) -> None:
    gone = []

    async def note(id: str) -> None:
        gone.append(id)

    survivor = watching(database)
    survivor.when_gone(note)
    await survivor.join()
    async with killed(database) as other:
        await survivor.watch()
        assert not gone, "it was only just seen for the first time"
        await asyncio.sleep(0.4)
        await survivor.watch()
        assert gone == [other.id]
        await count_up(database)
    assert await count(database) == 1


async def test_an_instance_whose_heart_beats_is_left_alone(database: Database) -> None:
    survivor, other = watching(database, 10), watching(database, 10)
    survivor.when_gone(lambda other: pytest.fail(f"{other} lives"))
    await survivor.join()
    await other.join()  # last: both are of one process, and whoever joins takes its predecessors for gone
    for _ in range(5):
        await survivor.watch()
        await asyncio.sleep(0.2)
        await other.watch()


async def test_an_instance_that_only_stood_still_does_its_work_again_once(database: Database) -> None:
    """It was taken for gone in the middle of a transaction."""
    await database.instances.join()
    survivor, attempts = watching(database, 0), 0

    async def work(tx: Tx) -> None:
        nonlocal attempts
        attempts += 1
        await database.db["things"].update_one({"_id": "one"}, {"$inc": {"count": 1}}, session=tx.session)
        if attempts == 1:
            await survivor.watch()
        await database.db["things"].update_one({"_id": "one"}, {"$inc": {"count": 1}}, session=tx.session)

    async with asyncio.timeout(SOON):
        await database.transact(work)
    assert attempts == 2
    assert await count(database) == 2
    assert not await database.db["instances"].find_one({"_id": database.instances.id})
    await database.instances.watch()
    entry = await database.db["instances"].find_one({"_id": database.instances.id})
    assert entry
    assert entry["sessions"], "it is known again with all that it has open"


async def test_a_session_is_known_before_its_first_transaction_and_once(database: Database) -> None:
    await database.instances.join()
    for _ in range(3):
        await count_up(database)
    entry = await database.db["instances"].find_one({"_id": database.instances.id})
    assert entry
    assert len(entry["sessions"]) == 1
    assert entry["beat"] == 2, "the join, and the one session"


async def test_an_instance_that_stops_leaves_nothing(database: Database) -> None:
    await database.instances.join()
    await count_up(database)
    await database.instances.leave()
    await count_up(database)
    assert not await database.db["instances"].count_documents({})
