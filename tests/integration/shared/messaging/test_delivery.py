"""Delivery on real servers, with handlers made to fail: nothing lost, nothing done twice, a bad record stops nobody."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI
from pymongo import ReplaceOne
from pymongo.errors import AutoReconnect, OperationFailure

from shared import metrics
from shared.contract.envelope import Event
from shared.contract.topics import PROFILES
from shared.database.mongo import Tx
from shared.runtime.service import Service
from shared.settings import ServiceSettings
from shared.web.access.guard import Guard
from support.access import KEYS
from support.kafka import Kafka, cloud_event
from support.loop import watching_the_loop
from support.patience import until
from support.serving import serving

TYPE = "registration.attendee.profiled.v1"


def profile(number: int) -> dict[str, Any]:
    return {"attendee_id": f"a{number}", "version": 1, "conference_ids": [], "interests": [], "met": []}


class Spy:
    """A handler that keeps each event's id in MongoDB, unless ``fails`` raises."""

    def __init__(self, fails: Callable[[list[Event]], None]) -> None:
        self.batches: list[list[str]] = []
        self._fails = fails

    async def __call__(self, events: list[Event], tx: Tx) -> None:
        self.batches.append([event.id for event in events])
        await self.service.database.db["done"].insert_many([{"event": event.id} for event in events], session=tx.session)
        self._fails(events)

    def app(self, **settings: Any) -> FastAPI:
        self.service = Service("matching", ServiceSettings(**settings))
        self.service.consume(PROFILES, handler=self)
        return self.service.app(Guard(KEYS))

    async def done(self) -> list[str]:
        return [document["event"] async for document in self.service.database.db["done"].find(sort=[("_id", 1)])]


async def send(kafka: Kafka, count: int, *, sources: int = 1, keys: int = 1, first: int = 0) -> list[str]:
    ids = [str(number) for number in range(first, first + count)]
    for number, id in enumerate(ids):
        headers = cloud_event(TYPE, id=id, source=f"source {number % sources}")
        await kafka.send("registration.profiles", profile(number), headers, key=f"k{number % keys}", partition=0)
    return ids


async def test_a_record_that_always_fails_is_found_by_halving_and_the_others_are_applied_in_order(kafka: Kafka) -> None:
    def fails(events: list[Event]) -> None:
        if any(event.id == "7" for event in events):
            raise ZeroDivisionError("seven")

    spy = Spy(fails)
    async with serving(spy.app()):
        ids = await send(kafka, 20)
        buried = await kafka.read("matching.dead-letters")
        await until(lambda: _is(spy.done, [id for id in ids if id != "7"]))
        headers = dict(buried[0].headers)
        assert headers["ce_id"] == b"7"
        assert b"ZeroDivisionError('seven')" in headers["dl_reason"]
        assert headers["dl_attempts"] == b"3"
    assert await kafka.lag("registration.profiles", "matching") == 0


async def _is(get: Callable[[], Awaitable[list[str]]], expected: list[str]) -> bool:
    return await get() == expected


async def test_trouble_that_passes_is_waited_out_and_nothing_is_dead_lettered(kafka: Kafka) -> None:
    failures = 4

    def fails(events: list[Event]) -> None:
        nonlocal failures
        if failures > 0:
            failures -= 1
            raise AutoReconnect("the server is away")

    spy = Spy(fails)
    before = metrics.DEAD_LETTERS.labels("matching", "registration.profiles")._value.get()
    async with serving(spy.app()) as api:
        ids = await send(kafka, 5)
        await until(lambda: _is(spy.done, ids))
        assert metrics.DEAD_LETTERS.labels("matching", "registration.profiles")._value.get() == before
        await until(lambda: _ready(api))
    assert await kafka.lag("registration.profiles", "matching") == 0


async def _ready(api: Any) -> bool:
    return bool((await api.get("/health/ready")).status_code == 200)


async def test_readiness_says_which_consumer_makes_no_progress_and_liveness_does_not_mind(kafka: Kafka) -> None:
    def fails(events: list[Event]) -> None:
        raise AutoReconnect("the server is away")

    spy = Spy(fails)
    async with serving(spy.app()) as api:
        await send(kafka, 1)
        await until(lambda: _unready(api))
        assert "registration.profiles makes no progress" in (await api.get("/health/ready")).text
        assert (await api.get("/health/live")).status_code == 200
        assert await spy.done() == []
    assert await kafka.lag("registration.profiles", "matching") == 1


async def _unready(api: Any) -> bool:
    return not await _ready(api)


async def test_failures_of_several_sources_and_keys_halt_the_consumer_until_their_cause_ends(kafka: Kafka) -> None:
    broken = True

    def fails(events: list[Event]) -> None:
        if broken:
            raise ZeroDivisionError("a bad deployment")

    spy = Spy(fails)
    async with serving(spy.app(halt_after=3, attempts=1)) as api:
        ids = await send(kafka, 10, sources=3, keys=4)
        await until(lambda: "halted" in spy.service.consumers[0].fault)
        faults = (await api.get("/health/ready")).json()["faults"]
        assert len(faults) == 1
        assert "the consumer of registration.profiles halted: " in faults[0]
        assert "ZeroDivisionError('a bad deployment')" in faults[0]
        assert (await api.get("/health/live")).status_code == 200
        assert '\nopportunity_desk_consumer_halted{group="matching"} 1.0' in (await api.get("/metrics")).text
        await asyncio.sleep(0.5)
        assert 10 - 3 <= await kafka.lag("registration.profiles", "matching") <= 10
        broken = False
        await until(lambda: _ready(api))
        await kafka.no_lag("registration.profiles", "matching")
        assert '\nopportunity_desk_consumer_halted{group="matching"} 0.0' in (await api.get("/metrics")).text
        done = await spy.done()
        assert done[-1] == ids[-1]
        # A trial may be under way when the cause ends: what failed in it may be dead-lettered, and what it applied is applied again.
        letters = await kafka.read("matching.dead-letters", 10 - len(set(done)))
        assert sorted({*done, *(dict(letter.headers)["ce_id"].decode() for letter in letters)}) == ids


async def test_failures_of_one_source_cost_only_its_own_records(kafka: Kafka) -> None:
    def fails(events: list[Event]) -> None:
        if any(event.source == "source 0" for event in events):
            raise ValueError("poison")

    spy = Spy(fails)
    async with serving(spy.app(halt_after=3, attempts=2)) as api:
        await send(kafka, 30, keys=30)
        good = await send(kafka, 4, sources=2, keys=4, first=30)
        assert len(await kafka.read("matching.dead-letters", 32)) == 32
        await until(lambda: _is(spy.done, [good[1], good[3]]))
        assert (await api.get("/health/ready")).status_code == 200
    assert await kafka.lag("registration.profiles", "matching") == 0


async def test_failures_of_one_key_cost_only_that_key(kafka: Kafka) -> None:
    def fails(events: list[Event]) -> None:
        if any(event.key == "k0" for event in events):
            raise ValueError("poison")

    spy = Spy(fails)
    async with serving(spy.app(halt_after=3, attempts=1)):
        await send(kafka, 30, sources=30)
        good = await send(kafka, 4, keys=2, first=30)
        assert len(await kafka.read("matching.dead-letters", 32)) == 32
        await until(lambda: _is(spy.done, [good[1], good[3]]))


async def test_an_unknown_error_of_the_database_costs_no_record(kafka: Kafka) -> None:
    full = True

    def fails(events: list[Event]) -> None:
        if full:
            raise OperationFailure("no space left on device", code=1)

    spy = Spy(fails)
    async with serving(spy.app(halt_after=1, attempts=1)) as api:
        ids = await send(kafka, 25, sources=5, keys=5)
        await until(lambda: _unready(api))
        assert "makes no progress: OperationFailure(code=1)" in (await api.get("/health/ready")).text
        assert await spy.done() == []
        full = False
        await until(lambda: _is(spy.done, ids))
        await until(lambda: _ready(api))
        with pytest.raises(AssertionError):
            await kafka.read("matching.dead-letters", 1, seconds=2)
    assert await kafka.lag("registration.profiles", "matching") == 0


async def test_a_record_that_makes_a_document_too_large_is_dead_lettered_alone(kafka: Kafka) -> None:
    class Growing(Spy):
        async def __call__(self, events: list[Event], tx: Tx) -> None:
            large = [event for event in events if event.id == "3"]
            grown = [ReplaceOne({"_id": event.id}, {"x": "x" * 9_000_000, "y": "y" * 9_000_000}, upsert=True) for event in large]
            if grown:
                await self.service.database.db["large"].bulk_write(grown, session=tx.session)
            await super().__call__(events, tx)

    spy = Growing(lambda events: None)
    async with serving(spy.app(halt_after=1, attempts=1)):
        ids = await send(kafka, 8)
        buried = await kafka.read("matching.dead-letters")
        await until(lambda: _is(spy.done, [id for id in ids if id != "3"]))
        assert dict(buried[0].headers)["ce_id"] == b"3"
        assert b"BulkWriteError(code=65: 1" in dict(buried[0].headers)["dl_reason"]


async def test_a_log_that_fails_has_no_batch_delivered_again(kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            if record.name.startswith("shared"):
                raise OSError("the disk of the logs is full")
            return True

    spy = Spy(lambda events: None)
    async with serving(spy.app()):
        monkeypatch.setattr(logging.getLogger(), "handlers", [Broken()])
        await kafka.send("registration.profiles", b"no JSON", cloud_event(TYPE), key="k", partition=0)
        ids = await send(kafka, 3)
        await until(lambda: _is(spy.done, ids))
        await kafka.no_lag("registration.profiles", "matching")
        assert len(await kafka.read("matching.dead-letters")) == 1


@pytest.mark.parametrize("characters", [20_000, 60_000, 900_000])
async def test_a_record_with_a_long_correlation_id_costs_itself_only(kafka: Kafka, characters: int) -> None:
    spy = Spy(lambda events: None)
    async with serving(spy.app()) as api:
        await send(kafka, 1)
        await until(lambda: _is(spy.done, ["0"]))
        async with watching_the_loop() as held:
            for text in ("a", "a@", "@", "a.", "\u00e9@"):
                hostile = [*cloud_event(TYPE), ("ce_correlationid", (text * characters)[:characters].encode())]
                await kafka.send("registration.profiles", profile(1), hostile, key="k", partition=0)
            many = [*cloud_event(TYPE, id="many headers"), *((f"h{number}", None) for number in range(5_000))]
            await kafka.send("registration.profiles", profile(2), many, key="k", partition=0)
            await until(lambda: _is(spy.done, ["0", "many headers"]))
            await kafka.no_lag("registration.profiles", "matching")
        assert held.longest < 0.5
        assert (await api.get("/health/live")).status_code == 200
        assert len(await kafka.read("matching.dead-letters", 5)) == 5


async def test_a_batch_in_hand_is_ended_before_the_stop(kafka: Kafka) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Spy):
        async def __call__(self, events: list[Event], tx: Tx) -> None:
            started.set()
            await go_on.wait()
            await super().__call__(events, tx)

    spy = Slow(lambda events: None)
    async with serving(spy.app()):
        await send(kafka, 1)
        await started.wait()
        asyncio.get_running_loop().call_later(0.5, go_on.set)
    again = Spy(lambda events: None)
    again.app()
    assert await again.done() == ["0"]
    assert await kafka.lag("registration.profiles", "matching") == 0


async def test_a_tombstone_reaches_the_handler_as_an_event_without_data(kafka: Kafka) -> None:
    seen: list[tuple[str, Any]] = []
    spy = Spy(lambda events: seen.extend((event.key, event.data) for event in events))
    async with serving(spy.app()):
        await kafka.send("registration.profiles", None, key="a1")
        await until(lambda: seen == [("a1", None)])
