"""What a service is made of: settings, database, topics read, outbox relay, background work, and its HTTP app."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from pymongo.errors import PyMongoError

from shared import metrics
from shared.contract import asyncapi
from shared.contract.topics import Topic, topics_of
from shared.database.instances import BEAT_SECONDS
from shared.database.mongo import Database, DatabaseUnfit
from shared.failures import described
from shared.logging import configure_logging, correlated
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letters import Burial, PersonsIn
from shared.messaging.delivery import Handler, OnUnapplied
from shared.messaging.erasure import Erasures
from shared.messaging.kafka import TopicUnfit, create_producer, ensure_topics
from shared.messaging.outbox import Relay
from shared.messaging.subscribing import create_broker
from shared.settings import ServiceSettings
from shared.urls import by_commas, host_pattern
from shared.web import error_handlers, health, problems
from shared.web.bodies import LimitBody
from shared.web.gate import Gate

log = structlog.get_logger(__name__)

WRITE_SECONDS: Final = 5.0
"""How long after one probe of whether the database takes writes comes the next."""

_ANSWER_SECONDS: Final = 2.0
"""How long a probe of readiness waits for the database, and for Kafka."""

MAX_BODY_BYTES: Final = 512 * 1024
"""Of a request where nothing else is said: to find what is wrong with it takes time, in the event loop."""

Work = Callable[[], Awaitable[None]]


class Service:
    """One deployable process. ``main.py`` of each service wires it: ``on_start``, ``consume``, ``every``, ``app``."""

    def __init__(self, name: str, settings: ServiceSettings) -> None:
        configure_logging(name, settings.log_level, settings.log_format)
        self.name = name
        self.settings = settings
        self.database = Database(name, settings)
        self.broker = create_broker(name, settings)
        self.consumers: list[Consumer] = []
        self._producer: AIOKafkaProducer | None = None
        self._relay: Relay | None = None
        self._persons_in: PersonsIn | None = None
        self._on_start: list[Work] = []
        self._on_stop: list[Work] = []
        self._loops: list[tuple[float, Work]] = [
            (2.0, self._measure),
            (BEAT_SECONDS, self.database.instances.watch),
            (WRITE_SECONDS, self.database.writes.write),
        ]
        self._tasks: list[asyncio.Task[None]] = []

    def on_start(self, work: Work) -> None:
        """Do this once MongoDB and Kafka are there, before anything is read: indexes, state to load."""
        self._on_start.append(work)

    def on_stop(self, work: Work) -> None:
        """Do this once all background work has ended: what it used is closed."""
        self._on_stop.append(work)

    def consume(self, *topics: Topic, handler: Handler, group: str = "", unapplied: OnUnapplied | None = None) -> Consumer:
        """Read these topics by this handler. A service with several consumers gives each its own ``group``.

        ``unapplied`` is told of records that are dead-lettered without the handler's knowledge.
        """
        consumer = Consumer(
            self.name,
            topics,
            handler,
            group=f"{self.name}.{group}" if group else self.name,
            broker=self.broker,
            database=self.database,
            settings=self.settings,
            unapplied=unapplied,
        )
        self.consumers.append(consumer)
        return consumer

    def every(self, seconds: float, work: Work) -> None:
        """Do this again and again, ``seconds`` after each end. An error is logged, and it goes on."""
        self._loops.append((seconds, work))

    def erase_from_topics(self, erasures: Erasures) -> None:
        """See to it that whom the service erases is erased from its dead letters, and from what it reads, within a minute."""

        async def purge() -> None:
            if self._producer:
                await erasures.purge(self._producer)

        self._persons_in = erasures.persons_in
        self.every(5.0, purge)

    def app(
        self,
        *routers: APIRouter,
        body_limits: Mapping[str, int | None] | None = None,
        raw_bodies: Collection[str] = (),
        open_paths: Collection[str] = (),
    ) -> FastAPI:
        """The HTTP app, whose lifespan is the service's.

        ``body_limits``: for patterns of paths the most bytes of a body there, None for any number; else ``MAX_BODY_BYTES``.
        ``raw_bodies``: patterns of paths whose JSON is not read by FastAPI, so that it may have any number of fields.
        ``open_paths``: patterns of paths at which browsers may post from other sites' pages.
        """
        app = FastAPIOffline(
            title=f"Opportunity Desk: {self.name}", version="0.1.0", lifespan=self._lifespan, responses=problems.RESPONSES
        )
        error_handlers.install(app)
        app.add_middleware(LimitBody, limit=MAX_BODY_BYTES, limits=body_limits or {}, raw=raw_bodies)
        app.middleware("http")(_with_correlation_id)
        app.add_middleware(
            Gate,
            hosts=tuple(map(host_pattern, by_commas(self.settings.allowed_hosts))),
            public_origin=getattr(self.settings, "public_url", ""),
            open_paths=open_paths,
        )
        for router in (
            *routers,
            health.create_router(self._live_faults, self._ready_faults),
            asyncapi.create_router(self.name),
        ):
            app.include_router(router)
        return app

    def _live_faults(self) -> list[str]:
        return [f"the consumer of {consumer.topics[0].name} stands still" for consumer in self.consumers if not consumer.alive]

    async def _ready_faults(self) -> list[str]:
        faults = []
        try:
            await asyncio.wait_for(self.database.ping(), _ANSWER_SECONDS)
        except (PyMongoError, TimeoutError) as error:
            faults.append(f"the database does not answer: {str(error) or f'within {_ANSWER_SECONDS:.0f} s'}")
        else:
            if trouble := self.database.writes.failing:
                faults.append(f"the database cannot write: {trouble}")
        if not await self._kafka_answers(_ANSWER_SECONDS):
            faults.append("Kafka does not answer")
        if trouble := self._relay.failing if self._relay else "not started":
            faults.append(f"what is in the outbox cannot be published: {trouble}")
        return faults + [
            f"the consumer of {consumer.topics[0].name} {consumer.fault}" for consumer in self.consumers if consumer.fault
        ]

    async def _kafka_answers(self, seconds: float) -> bool:
        """Whether a broker answers within this time."""
        try:
            await asyncio.wait_for(self._producer.client.fetch_all_metadata(), seconds)  # type: ignore[union-attr]
        except (KafkaError, TimeoutError, OSError):
            return False
        return True

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        try:
            relay, producer = await self._start()
        except Exception as error:
            expected = isinstance(error, ConnectionError | DatabaseUnfit | TopicUnfit)
            log.critical("could_not_start", reason=str(error), exc_info=not expected)
            raise
        log.info("started")
        try:
            yield
        finally:
            since: float = getattr(app.state, "stopping_since", time.monotonic())
            await self._stop(relay, producer, since + self.settings.stop_seconds)

    async def _start(self) -> tuple[Relay, AIOKafkaProducer]:
        await self.database.wait_until_fit(self.settings.startup_seconds)
        await self.database.instances.join()
        await ensure_topics(topics_of(self.name), self.settings)
        await self.database.outbox.create_index([("order", 1), ("part", 1)])
        for work in self._on_start:
            await work()
        self._producer = producer = create_producer(self.name, self.settings)
        await producer.start()
        self._relay = relay = Relay(self.database, producer, self.settings.topic_prefix)
        burial = Burial(self.name, producer, self.settings, self._persons_in)
        for consumer in self.consumers:
            consumer.bury_by(burial)
        await self.broker.start()
        self._tasks = [asyncio.create_task(relay.run()), *(asyncio.create_task(_loop(*loop)) for loop in self._loops)]
        return relay, producer

    async def _stop(self, relay: Relay, producer: AIOKafkaProducer, stop_by: float) -> None:
        """Take no more, end what is in hand, publish what it left. It is bounded as a whole: all servers may be away."""
        for what, step in (
            ("consumers and background work", _both(self.broker.stop(), _cancel(self._tasks))),
            *(("what it used", work()) for work in self._on_stop),
            ("outbox", _publish_rest(relay)),
            ("producer", producer.stop()),
            ("instance", self.database.instances.leave()),
        ):
            # What does not end leaves some time to what comes after it. It may not even heed being cancelled: so it is left.
            task = asyncio.ensure_future(step)
            seconds = max(0.1, (stop_by - time.monotonic()) * 2 / 3)
            if not (await asyncio.wait([task], timeout=seconds))[0]:
                task.cancel()
                log.warning("stopped_uncleanly", what=what, error=f"not done in {seconds:.1f} s")
            elif error := task.exception():
                log.warning("stopped_uncleanly", what=what, error=described(error))
        self.database.close()
        log.info("stopped")

    async def _measure(self) -> None:
        metrics.OUTBOX_UNSENT.set(await self.database.outbox.estimated_document_count())
        for consumer in self.consumers:
            await consumer.measure_lag()


async def _both(one: Awaitable[object], other: Awaitable[object]) -> None:
    for result in await asyncio.gather(one, other, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


async def _publish_rest(relay: Relay) -> None:
    await relay.publish_rest()
    await relay.release()


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _loop(seconds: float, work: Work) -> None:
    while True:
        try:
            await work()
        except Exception as error:
            passing = isinstance(error, PyMongoError | OSError)
            log.warning("background_work_failed", work=work.__qualname__, error=described(error), exc_info=not passing)
            # An error on the way out must not take the place of the cancellation, or the work would go on for ever.
            if (task := asyncio.current_task()) and task.cancelling():
                return
        await asyncio.sleep(seconds)


async def _with_correlation_id(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    identifier = request.headers.get("x-correlation-id", "")
    if not (identifier.isascii() and identifier.isprintable() and 0 < len(identifier) <= 256):
        identifier = uuid4().hex
    with correlated(identifier):
        response = await call_next(request)
    response.headers["x-correlation-id"] = identifier
    return response
