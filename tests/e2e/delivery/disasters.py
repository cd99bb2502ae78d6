"""The run: instances of a service as processes, killed again and again while they work."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
from aiokafka.errors import KafkaError
from e2e.delivery.load import Load
from e2e.delivery.observed import Origin, Place, Progress, lag, progress, send
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from local_stack.process import Server
from local_stack.services import start_service

PERSON_KEY = "a key for the proof only"
START_SECONDS = 90.0
STALL_SECONDS = 90.0
"""A run that makes no progress for as long would never end."""
_INSTANCES = 3


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill -9, as it was done: of whom, and how many facts there were then."""

    victim: str
    facts: int


@dataclass
class Run:
    """One service, by its module, with a database of its own, and the disasters that befall both."""

    place: Place
    database: Server
    module: str
    group: str
    directory: Path
    rng: Random
    environment: dict[str, str] = field(default_factory=dict)
    instances: dict[str, Server] = field(default_factory=dict)
    kills: list[Kill] = field(default_factory=list)
    seconds: float = 0.0
    _starting: list[asyncio.Task[None]] = field(default_factory=list)
    _facts: int = 0

    async def prepare(self, load: Load) -> None:
        """Have the topics made and the conferences known, by an instance of registration that then goes away."""
        server = await self._start("first", "registration")
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as client:
            for id, schedule in load.conferences.items():
                (await client.put(f"/conferences/{id}", json=schedule)).raise_for_status()
        await asyncio.to_thread(server.stop)

    async def work(self, load: Load, facts: int, kills: int) -> list[Origin]:
        """Send the load, kill instances and, once, the database while it is worked off, and wait until nothing is left.

        Raises ``AssertionError`` where it does not come to an end, with what can be known of why.
        """
        names = [f"{self.module}-{number + 1}" for number in range(_INSTANCES)]
        await asyncio.gather(*(self._start_instance(name) for name in names))
        began = time.monotonic()
        sending = asyncio.create_task(send(load, self.place))
        for number, moment in enumerate(self._moments(facts, kills + 1)):
            await self._until_facts(moment)
            await (self._kill_database() if number == kills // 2 else self._kill_instance())
        origins = await sending
        await asyncio.gather(*self._starting)
        await self._until_done()
        self.seconds = time.monotonic() - began
        return origins

    async def stop(self) -> None:
        """End every process that still runs."""
        await asyncio.gather(*self._starting, return_exceptions=True)
        for server in (*self.instances.values(), self.database):
            await asyncio.to_thread(server.kill)

    def _moments(self, facts: int, count: int) -> list[int]:
        """Numbers of facts: one in each of ``count`` equal stretches between a twentieth and four fifths of the work."""
        first, last = facts // 20, facts * 4 // 5
        stretch = (last - first) // count
        return [first + number * stretch + self.rng.randrange(stretch) for number in range(count)]

    async def _kill_instance(self) -> None:
        async def kill_one() -> bool:
            names = sorted(self.instances)
            self.rng.shuffle(names)
            for name in names:
                # Only one that has records to work on: the death of one that is just starting proves little.
                if await _has_read(self.instances[name]):
                    self._note(name)
                    await asyncio.to_thread(self.instances.pop(name).kill)
                    await self._end_abandoned_transactions()
                    self._starting.append(asyncio.create_task(self._start_instance(name)))
                    return True
            return False

        await self._until(kill_one, "no instance reads anything")

    async def _kill_database(self) -> None:
        self._note("database")
        await asyncio.to_thread(self.database.kill)
        await asyncio.sleep(self.rng.uniform(0.5, 3))
        await asyncio.to_thread(self.database.start)

    def _note(self, victim: str) -> None:
        self.kills.append(Kill(victim, self._facts))
        print(f"  kill -9 {victim} at {self._facts:,} facts", flush=True)

    async def _end_abandoned_transactions(self) -> None:
        """Spare the time that a server waits before it ends the transaction of a client that has died.

        A ``mongod`` waits for ``transactionLifetimeLimitSeconds``; SecantusDB for a minute, which cannot be set. The living
        lose what they have in hand as well, and have to do it again.
        """
        async with AsyncMongoClient[dict[str, Any]](self.place.mongodb) as client:
            await client.admin.command("killAllSessions", [])

    async def _start_instance(self, name: str) -> None:
        self.instances[name] = await self._start(name, self.module)

    async def _start(self, name: str, module: str) -> Server:
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": self.place.kafka,
            "MONGODB_URI": self.place.mongodb,
            "TOPIC_PREFIX": self.place.prefix,
            "PERSON_KEY": PERSON_KEY,
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
            for task in self._starting:
                if task.done():
                    task.result()  # an instance that did not come up again ends the run
            if (now := (self._facts, state())) != seen:
                seen, since = now, time.monotonic()
            if time.monotonic() - since > STALL_SECONDS:
                raise AssertionError(await self._report(f"{complaint}: {seen}, {trouble}"))
            await asyncio.sleep(0.02)

    async def _report(self, complaint: str) -> str:
        """What can be known: kills, lag, health and the end of each log."""
        lines = [complaint, f"kills: {self.kills}"]
        try:
            lines.append(f"lag of each partition: {await lag(self.place, self.group)}")
        except (KafkaError, OSError) as error:
            lines.append(f"lag: {error!r}")
        for name, server in self.instances.items():
            lines += [f"{name}: {await _get(server, '/health/ready')}", server.log_tail()]
        return "\n".join([*lines, self.database.log_tail()])


async def _has_read(server: Server) -> bool:
    metrics = await _get(server, "/metrics")
    if not metrics.startswith("200"):
        return metrics.startswith("404")  # it does not tell
    counts = [line.rpartition(" ")[2] for line in metrics.splitlines() if line.startswith("events_received_total")]
    return sum(map(float, counts)) > 0


async def _get(server: Server, path: str) -> str:
    """Status and body, or the error."""
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=5) as client:
        try:
            answer = await client.get(path)
        except httpx.HTTPError as error:
            return repr(error)
    return f"{answer.status_code} {answer.text}"
