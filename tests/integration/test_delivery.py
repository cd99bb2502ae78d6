"""Delivery on real servers, with handlers made to fail: nothing lost, nothing done twice, a bad record stops nobody."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from pymongo.errors import AutoReconnect

from shared import metrics
from shared.envelope import Event
from shared.mongo import Tx
from shared.service import Service
from shared.settings import ServiceSettings
from shared.topics import PROFILES
from support.kafka import Kafka, cloud_event
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
        return self.service.app()

    async def done(self) -> list[str]:
        return [document["event"] async for document in self.service.database.db["done"].find(sort=[("_id", 1)])]


async def send(kafka: Kafka, count: int) -> list[str]:
    for number in range(count):
        await kafka.send("registration.profiles", profile(number), cloud_event(TYPE, id=str(number)), key="k", partition=0)
    return [str(number) for number in range(count)]


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.05)


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
    before = metrics.DEAD_LETTERS.labels("registration.profiles")._value.get()
    async with serving(spy.app()) as api:
        ids = await send(kafka, 5)
        await until(lambda: _is(spy.done, ids))
        assert metrics.DEAD_LETTERS.labels("registration.profiles")._value.get() == before
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
        await until(lambda: _not(_ready(api)))
        assert "registration.profiles makes no progress" in (await api.get("/health/ready")).text
        assert (await api.get("/health/live")).status_code == 200
        assert await spy.done() == []
    assert await kafka.lag("registration.profiles", "matching") == 1


async def _not(true: Awaitable[bool]) -> bool:
    return not await true


async def test_too_many_failing_records_in_a_row_halt_the_consumer_with_the_rest_kept(kafka: Kafka) -> None:
    def fails(events: list[Event]) -> None:
        raise ZeroDivisionError("a bad deployment")

    spy = Spy(fails)
    async with serving(spy.app(halt_after=3, attempts=1)) as api:
        await send(kafka, 10)
        await until(lambda: _not(_ready(api)))
        faults = (await api.get("/health/ready")).json()["faults"]
        assert faults == [
            "the consumer of registration.profiles halted: 3 records in a row failed, the last with ZeroDivisionError('a bad deployment')"
        ]
        assert (await api.get("/health/live")).status_code == 200
        await asyncio.sleep(0.5)
        assert len(await kafka.read("matching.dead-letters", 3)) == 3
    assert 7 <= await kafka.lag("registration.profiles", "matching") <= 10

    mended = Spy(lambda events: None)
    async with serving(mended.app()):
        await until(lambda: _ends_with(mended.done, [str(number) for number in range(3, 10)]))


async def _ends_with(get: Callable[[], Awaitable[list[str]]], expected: list[str]) -> bool:
    return (await get())[-len(expected) :] == expected


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
        await until(lambda: _is_true(lambda: seen == [("a1", None)]))


async def _is_true(true: Callable[[], bool]) -> bool:
    return true()
