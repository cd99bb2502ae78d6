"""Runs instances of a service as processes, and kills them again and again while they work."""

import asyncio
import time
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import httpx
from aiokafka.errors import KafkaError
from e2e.delivery.load import Load
from e2e.delivery.observed import Origin, Place, Progress, lag, progress, send
from e2e.delivery.processes import frozen, get, has_read
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from local_stack.process import Server
from local_stack.services import start_service
from support.keys import operator

PERSON_KEY = "a key for the proof only"
SECRETS_KEY = urlsafe_b64encode(b"32 bytes, and for the proof only").decode()
START_SECONDS = 90.0
STALL_SECONDS = 90.0
"""A run that makes no progress for as long would never end."""
_AHEAD = 0.1
"""The part of the records that is sent beyond what the next disaster waits for."""
_INSTANCES = 3
_FREEZE_SECONDS = 14.0


@dataclass(frozen=True, slots=True)
class Disaster:
    """What was done to whom, and how many facts there were then."""

    what: str
    victim: str
    facts: int


@dataclass
class Run:
    """One service, by its module, with a database of its own, and the disasters that befall both."""

    place: Place
    database: Server
    kafka: Server | None
    """None where Kafka is not ours."""
    module: str
    group: str
    directory: Path
    rng: Random
    environment: dict[str, str] = field(default_factory=dict)
    instances: dict[str, Server] = field(default_factory=dict)
    disasters: list[Disaster] = field(default_factory=list)
    seconds: float = 0.0
    _recovering: list[asyncio.Task[None]] = field(default_factory=list)
    _facts: int = 0
    _may_be_sent: int = 0
    """How many records may be sent by now: there is work left at each disaster, however fast the machine works it off."""

    async def prepare(self, load: Load) -> None:
        """Have the topics made and the conferences known, by an instance of registration that then goes away."""
        server = await self._start("first", "registration")
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as client:
            await operator(client, server.environment)
            for id, schedule in load.conferences.items():
                (await client.put(f"/conferences/{id}", json=schedule)).raise_for_status()
        await asyncio.to_thread(server.stop)

    async def work(self, load: Load, facts: int, kills: int) -> list[Origin]:
        """Send the load, let disasters happen while it is worked off, and wait until nothing is left.

        So many times an instance is killed: sometimes two at once, the first and the last time the one that publishes.
        The database is killed once, and one instance is frozen for a while.

        Raises ``AssertionError`` where the work does not come to an end, with what can be known of why.
        """
        names = [f"{self.module}-{number + 1}" for number in range(_INSTANCES)]
        await asyncio.gather(*(self._start_instance(name) for name in names))
        began = time.monotonic()
        sending = asyncio.create_task(send(load, self.place, self._may_send))
        plan = self._plan(kills)
        for moment, disaster in zip(self._moments(facts, len(plan)), plan, strict=True):
            self._may_be_sent = int(len(load.shipments) * (moment / facts + _AHEAD))
            await self._until_facts(moment)
            await disaster()
        self._may_be_sent = len(load.shipments)
        origins = await sending
        await asyncio.gather(*self._recovering)
        await self._until_done()
        self.seconds = time.monotonic() - began
        return origins

    async def stop(self) -> None:
        """End every process that still runs."""
        await asyncio.gather(*self._recovering, return_exceptions=True)
        for server in (*self.instances.values(), self.database):
            await asyncio.to_thread(server.kill)

    async def _may_send(self, number: int) -> None:
        while number >= self._may_be_sent:
            await asyncio.sleep(0.05)

    def _plan(self, kills: int) -> list[Callable[[], Awaitable[None]]]:
        left, plan = kills - 2, list[Callable[[], Awaitable[None]]]()
        while left > 0:
            at_once = min(left, self.rng.choice((1, 1, 2)))
            plan.append(partial(self._kill_instances, at_once))
            left -= at_once
        plan.insert(self.rng.randint(0, len(plan)), self._freeze_instance)
        plan.insert(len(plan) // 2, self._kill_database)
        return [self._kill_publisher, *plan, self._kill_publisher]

    def _moments(self, facts: int, count: int) -> list[int]:
        """Numbers of facts: one in each of ``count`` equal stretches between a twentieth and four fifths of the work."""
        first, last = facts // 20, facts * 4 // 5
        stretch = (last - first) // count
        return [first + number * stretch + self.rng.randrange(stretch) for number in range(count)]

    async def _kill_instances(self, count: int) -> None:
        for _ in range(count):
            await self._kill(*await self._busy_instance())

    async def _kill_publisher(self) -> None:
        """Kill the instance that publishes, where Kafka is ours while that holds still: what was sent is not confirmed."""
        with frozen(self.kafka) if self.kafka else nullcontext():
            await asyncio.sleep(1)
            async with AsyncMongoClient[dict[str, Any]](self.place.mongodb) as client:
                lease = await client[self.place.database]["leases"].find_one({"_id": "outbox"})
            pid = int(lease["owner"].split("/")[1]) if lease else None
            name = next((name for name, server in self.instances.items() if server.pid == pid), None)
            await self._kill(*((name, self.instances.pop(name)) if name else await self._busy_instance()))

    async def _kill(self, name: str, server: Server) -> None:
        self._note("kill -9", name)
        await asyncio.to_thread(server.kill)
        self._recovering.append(asyncio.create_task(self._start_instance(name)))

    async def _freeze_instance(self) -> None:
        """Stop an instance for longer than the group and its lease wait for it: then it goes on as if nothing had been."""
        name, server = await self._busy_instance()
        self._note("freeze", name)

        async def freeze() -> None:
            with frozen(server):
                await asyncio.sleep(_FREEZE_SECONDS)
            self.instances[name] = server

        self._recovering.append(asyncio.create_task(freeze()))

    async def _busy_instance(self) -> tuple[str, Server]:
        """Take one of the instances that have records to work on: the death of one that is just starting proves little."""
        found: list[str] = []

        async def find() -> bool:
            names = sorted(self.instances)
            self.rng.shuffle(names)
            found.extend([name for name in names if await has_read(self.instances[name])][:1])
            return bool(found)

        await self._until(find, "no instance reads anything")
        return found[0], self.instances.pop(found[0])

    async def _kill_database(self) -> None:
        self._note("kill -9", "database")
        await asyncio.to_thread(self.database.kill)
        await asyncio.sleep(self.rng.uniform(0.5, 3))
        await asyncio.to_thread(self.database.start)

    def _note(self, what: str, victim: str) -> None:
        self.disasters.append(Disaster(what, victim, self._facts))
        print(f"  {what} {victim} at {self._facts:,} facts", flush=True)

    async def _start_instance(self, name: str) -> None:
        self.instances[name] = await self._start(name, self.module)

    async def _start(self, name: str, module: str) -> Server:
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": self.place.kafka,
            "MONGODB_URI": self.place.mongodb,
            "TOPIC_PREFIX": self.place.prefix,
            "PERSON_KEY": PERSON_KEY,
            "SECRETS_KEY": SECRETS_KEY,
            **self.environment,
        }
        return await asyncio.to_thread(start_service, name, self.directory, environment, module=module, timeout=START_SECONDS)

    async def _until_facts(self, moment: int) -> None:
        async with AsyncMongoClient[dict[str, Any]](self.place.mongodb, serverSelectionTimeoutMS=2000) as client:
            attendance = client[self.place.database]["attendance"]

            async def reached() -> bool:
                self._facts = await attendance.estimated_document_count()
                return self._facts >= moment

            await self._until(reached, f"the number of facts does not reach {moment}")

    async def _until_done(self) -> None:
        before: Progress | None = None

        async def done() -> bool:
            nonlocal before
            await asyncio.sleep(1)
            last, before = before, await progress(self.place, self.group)
            self._facts = before.facts
            # Twice the same: where offsets are committed first, work may be in hand though no lag is left.
            return before.done and before == last

        await self._until(done, "the work does not end", lambda: before)

    async def _until(
        self, reached: Callable[[], Awaitable[bool]], complaint: str, state: Callable[[], object] = lambda: None
    ) -> None:
        """Wait for a state; give up when nothing has changed for ``STALL_SECONDS``."""
        seen, since, trouble = None, time.monotonic(), ""
        while True:
            try:
                if await reached():
                    return
            except (PyMongoError, KafkaError, OSError) as error:  # a server that was killed is not yet back
                trouble = repr(error)
            for task in self._recovering:
                if task.done():
                    task.result()  # an instance that did not come up again ends the run
            if (now := (self._facts, state())) != seen:
                seen, since = now, time.monotonic()
            if time.monotonic() - since > STALL_SECONDS:
                raise AssertionError(await self._report(f"{complaint}: {seen}, {trouble}"))
            await asyncio.sleep(0.02)

    async def _report(self, complaint: str) -> str:
        """What can be known: disasters, lag, health and the end of each log."""
        lines = [complaint, f"disasters: {self.disasters}"]
        try:
            lines.append(f"lag of each partition: {await lag(self.place, self.group)}")
        except (KafkaError, OSError) as error:
            lines.append(f"lag: {error!r}")
        for name, server in self.instances.items():
            lines += [f"{name}: {await get(server, '/health/ready')}", server.log_tail()]
        return "\n".join([*lines, self.database.log_tail()])
