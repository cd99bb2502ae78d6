"""Leases on a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest

from shared import clock
from shared.database.leases import Lease, LeaseLost, Leases
from shared.database.mongo import Database, Document
from shared.settings import ServiceSettings

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Database]:
    database = Database("leases", ServiceSettings())
    yield database
    database.close()


@pytest.fixture
async def leases(database: Database) -> Leases:
    await database.db["work"].insert_one({"_id": "one", "state": "waiting", "owner": "", "until": clock.now() - MINUTE})
    return Leases(database.db["work"])


async def document(database: Database) -> Document:
    return await database.db["work"].find_one({"_id": "one"}) or {}


async def claim(database: Database, leases: Leases, lease: Lease) -> Document | None:
    return await database.transact(partial(leases.claim, "one", {"state": "waiting"}, lease))


async def raised(error: Exception) -> None:
    raise error


async def test_what_one_has_claimed_is_free_for_others_once_the_lease_has_ended(database: Database, leases: Leases) -> None:
    assert await leases.free({"state": "waiting"}, clock.now()) == ["one"]
    lease = Lease.lasting(MINUTE)
    assert await claim(database, leases, lease)
    assert await claim(database, leases, Lease.lasting(MINUTE)) is None
    assert await leases.free({}, clock.now()) == []
    assert await leases.free({}, lease.until) == ["one"]
    await leases.renew("one", lease.ended())
    assert await claim(database, leases, Lease.lasting(MINUTE))


async def test_of_several_who_claim_at_once_one_has_it(database: Database, leases: Leases) -> None:
    claimed = await asyncio.gather(*(claim(database, leases, Lease.lasting(MINUTE)) for _ in range(8)))
    assert sum(document is not None for document in claimed) == 1


async def test_what_does_not_match_is_not_claimed(database: Database, leases: Leases) -> None:
    await database.db["work"].update_one({"_id": "one"}, {"$set": {"state": "done"}})
    assert await claim(database, leases, Lease.lasting(MINUTE)) is None


async def test_who_has_lost_the_lease_changes_nothing(database: Database, leases: Leases) -> None:
    assert await claim(database, leases, Lease.lasting(MINUTE, "late"))
    assert await leases.take("one", Lease("next", clock.now() + 2 * MINUTE), clock.now() + MINUTE)
    with pytest.raises(LeaseLost):
        await leases.renew("one", Lease.lasting(MINUTE, "late"), {"$set": {"state": "done"}, "$inc": {"tries": 1}})
    assert (await document(database))["state"] == "waiting"
    await leases.renew("one", Lease.lasting(MINUTE, "next"), {"$set": {"state": "done"}, "$inc": {"tries": 1}})
    assert ((await document(database))["state"], (await document(database))["tries"]) == ("done", 1)


async def test_a_lease_on_what_nobody_had_before_is_taken_by_one(database: Database, leases: Leases) -> None:
    now = clock.now()
    taken = await asyncio.gather(*(leases.take("new", Lease(str(number), now + MINUTE), now) for number in range(8)))
    assert sum(taken) == 1
    owner = str(taken.index(True))
    assert await leases.take("new", Lease(owner, now + 2 * MINUTE), now), "the owner may have it for longer"
    await leases.release("new", "somebody else")
    assert not await leases.take("new", Lease("somebody else", now + MINUTE), now)
    await leases.release("new", owner)
    assert await leases.take("new", Lease("somebody else", now + MINUTE), now)


async def test_a_worker_that_is_stopped_gives_its_lease_back(database: Database, leases: Leases) -> None:
    lease = Lease.lasting(MINUTE)
    assert await claim(database, leases, lease)
    begun = asyncio.Event()

    async def work() -> None:
        async with leases.working("one", lease, raised):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await leases.free({}, clock.now()) == ["one"]


async def test_a_lost_lease_ends_the_work_and_no_failure_is_noted(leases: Leases) -> None:
    noted: list[Exception] = []

    async def note(error: Exception) -> None:
        noted.append(error)

    async with leases.working("one", Lease.lasting(MINUTE), note):
        raise LeaseLost
    assert noted == []
    async with leases.working("one", Lease.lasting(MINUTE), note):
        raise ValueError
    assert [type(error) for error in noted] == [ValueError]
    with pytest.raises(ValueError):  # noqa: PT011 - one that is raised again
        async with leases.working("one", Lease.lasting(MINUTE), raised):
            raise ValueError


async def test_what_is_free_is_claimed_one_by_one_until_nothing_is_left(database: Database, leases: Leases) -> None:
    work = database.db["work"]
    await work.insert_one({"_id": "two", "state": "waiting", "owner": "", "until": clock.now()})
    await work.insert_one({"_id": "another's", "state": "waiting", "owner": "", "until": clock.now() + MINUTE})
    claimed = []
    async for found, lease in leases.claims({"state": "waiting"}, MINUTE, database):
        claimed.append(found["_id"])
        if len(claimed) == 1:
            await work.insert_one({"_id": "late", "state": "waiting", "owner": "", "until": clock.now()})
        await leases.renew(found["_id"], lease.ended(), {"$set": {"state": "done"}})
    assert claimed == ["one", "two", "late"]


async def test_the_lease_is_renewed_while_work_takes_long(database: Database, leases: Leases) -> None:
    lease = Lease.lasting(timedelta(milliseconds=3))
    assert await claim(database, leases, lease)

    async def work() -> str:
        while (await document(database))["until"] <= lease.until:
            await asyncio.sleep(0.01)
        return "done"

    assert await leases.holding("one", lease.owner, timedelta(milliseconds=60), work()) == "done"


async def test_work_whose_lease_is_lost_is_cancelled(database: Database, leases: Leases) -> None:
    assert await leases.take("one", Lease.lasting(MINUTE, "quick"), clock.now())
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(LeaseLost):
        await leases.holding("one", "slow", timedelta(milliseconds=1), work())
    await ended.wait()
