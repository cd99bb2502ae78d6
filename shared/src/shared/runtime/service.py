"""A service: its database, consumers, outbox relay, background work and HTTP app, started and stopped together."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Collection, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from types import MappingProxyType
from typing import Final

import structlog
from aiokafka import AIOKafkaProducer
from fastapi import APIRouter, Depends, FastAPI
from fastapi_offline import FastAPIOffline

from shared import metrics, tracing
from shared.contract import asyncapi
from shared.contract.paths import interface
from shared.contract.topics import Topic, topics_of
from shared.database.instances import BEAT_SECONDS
from shared.database.mongo import Database, DatabaseUnfit
from shared.database.schema import SCHEMAS, Schema, SchemaRecord
from shared.logging import configure_logging
from shared.messaging.batch_applier import Handler, NoteUnapplied
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letters import Burial, PersonsIn
from shared.messaging.dead_letters.counting import COUNT_SECONDS, OpenLetters
from shared.messaging.erasure import Erasures
from shared.messaging.kafka import TopicUnfit, create_producer, ensure_topics
from shared.messaging.outbox import Relay
from shared.messaging.subscribing import create_broker
from shared.runtime.background import Work, cancel, repeat
from shared.runtime.readiness import live_faults, ready_faults
from shared.settings import ServiceSettings
from shared.transient_errors import described
from shared.urls import by_commas, host_pattern
from shared.web import error_handlers, health
from shared.web.access import audit_api, routes
from shared.web.access.audit import Audit
from shared.web.access.audit_trail import AuditTrail
from shared.web.access.guard import Guard, public
from shared.web.bodies import LimitBody
from shared.web.correlation import with_correlation_id
from shared.web.forwarded_prefix import ForwardedPrefix
from shared.web.gate import Gate
from shared.web.pages import problem_pages
from shared.web.pages.pages import Pages
from shared.web.request_metrics import RequestMetrics
from shared.web.request_traces import of_requests
from shared.wording.languages import Language

log = structlog.get_logger(__name__)

WRITE_SECONDS: Final = 5.0
"""How long after one probe of whether the database takes writes comes the next."""

MAX_BODY_BYTES: Final = 512 * 1024
"""Of a request where nothing else is said: to find what is wrong with it takes time, in the event loop."""


class Service:
    """One deployable process. ``main.py`` of each service wires it: ``on_start``, ``consume``, ``every``, ``app``."""

    def __init__(self, name: str, settings: ServiceSettings, language: Language = "en") -> None:
        """``language``: of pages, for browsers that accept none of ours."""
        configure_logging(name, settings.log_level, settings.log_format)
        self._version = version(f"opportunity-desk-{name}")
        metrics.BUILD.labels(self._version).set(1)
        tracing.configure(name, self._version, settings)
        self.name = name
        self.settings = settings
        self.database = Database(name, settings)
        self.broker = create_broker(name, settings)
        self.pages = Pages(name, language)
        self._audit_trail = AuditTrail(self.database.db)
        self._schema = SchemaRecord(self.database.db, SCHEMAS.get(name, Schema()))
        self.consumers: list[Consumer] = []
        self._producer: AIOKafkaProducer | None = None
        self._relay: Relay | None = None
        self._persons_in: PersonsIn | None = None
        self._on_start: list[Work] = []
        self._on_stop: list[Work] = []
        self._loops: list[tuple[float, Work]] = [
            (settings.measure_seconds, self._measure),
            (COUNT_SECONDS, OpenLetters(name, settings).measure),
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

    def consume(self, *topics: Topic, handler: Handler, group: str = "", unapplied: NoteUnapplied | None = None) -> Consumer:
        """Read these topics by this handler. A service with several consumers gives each its own ``group``.

        ``unapplied`` is called for records that are dead-lettered without the handler's knowledge.
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
        """Repeat this, ``seconds`` after each end. Errors are logged, and it continues."""
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
        guard: Guard,
        *routers: APIRouter,
        body_limits: Mapping[str, int | None] | None = None,
        raw_bodies: Collection[str] = (),
        open_paths: Collection[str] = (),
    ) -> FastAPI:
        """The HTTP app, whose lifespan is the service's. With METRICS_PORT, health and metrics are in an app of their own,
        ``app.state.operation``.

        ``guard``: who may see the audit, as it checks the other routes.
        ``body_limits``: for patterns of paths the most bytes of a body there, None for any number; else ``MAX_BODY_BYTES``.
        ``raw_bodies``: patterns of paths whose JSON is not read by FastAPI, so that it may have any number of fields.
        ``open_paths``: patterns of paths at which browsers may post from other sites' pages.

        Raises:
            Undeclared: a route does not declare what it needs, ``guard("scope")`` or ``public("why")``.
        """
        app = FastAPIOffline(
            title=f"Opportunity Desk: {self.name}",
            version=self._version,
            lifespan=self._lifespan,
            telemetry=of_requests(),
        )
        app.state.consumers = self.consumers
        app.state.migrate = self.migrate
        self._shield(app, body_limits or {}, raw_bodies, open_paths)
        operation = health.create_router(
            lambda: live_faults(self.consumers),
            lambda: ready_faults(self.database, self._producer, self._relay, self.consumers),
        )
        problem_pages.install(app, self.pages)
        routers = (*routers, self.pages.assets.router())
        if self.settings.metrics_port:
            app.state.operation = FastAPI(openapi_url=None, telemetry={"tracing": False})
            self._shield(app.state.operation)
            app.state.operation.router.routes += operation.routes
            routes.check(app.state.operation)
        else:
            routers = (*routers, operation)
        events = asyncapi.create_router(self.name, [Depends(public("documentation"))])
        for router in (*routers, audit_api.create_router(guard, self._audit_trail), events):
            # Routes are taken as they are. `include_router` would make each of them once more, which is half of the start.
            app.router.routes += router.routes
        routes.check(app)
        return app

    def _shield(
        self,
        app: FastAPI,
        body_limits: Mapping[str, int | None] = MappingProxyType({}),
        raw_bodies: Collection[str] = (),
        open_paths: Collection[str] = (),
    ) -> None:
        """Add what each request passes first, and how errors are answered."""
        error_handlers.install(app)
        app.add_middleware(LimitBody, limit=MAX_BODY_BYTES, limits=body_limits, raw=raw_bodies)
        app.add_middleware(Audit, record=self._audit_trail.record)
        app.middleware("http")(with_correlation_id)
        app.add_middleware(
            Gate,
            hosts=tuple(map(host_pattern, by_commas(self.settings.allowed_hosts))),
            public_origins=self.settings.own_urls,
            open_paths=open_paths,
        )
        app.add_middleware(RequestMetrics)
        app.add_middleware(ForwardedPrefix, prefix=interface(self.name))

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
        await self._schema.check()
        await self.database.instances.join()
        await ensure_topics(topics_of(self.name), self.settings)
        await self._prepare_database()
        self._producer = producer = create_producer(self.name, self.settings)
        await producer.start()
        self._relay = relay = Relay(self.database, producer, self.settings.topic_prefix)
        burial = Burial(self.name, producer, self.settings, self._persons_in)
        for consumer in self.consumers:
            consumer.bury_by(burial)
        await self.broker.start()
        self._tasks = [asyncio.create_task(relay.run()), *(asyncio.create_task(repeat(*loop)) for loop in self._loops)]
        return relay, producer

    async def migrate(self) -> int:
        """Do to the database what a start does, before the first instance of this release starts. To repeat it changes nothing.

        Returns the version of the schema that the database has now.

        Raises:
            DatabaseUnfit: this release is too old for the database.
            ConnectionError: MongoDB did not answer in time.
        """
        try:
            await self.database.wait_until_fit(self.settings.startup_seconds)
            await self._schema.check()
            return await self._prepare_database()
        finally:
            self.database.close()

    async def _prepare_database(self) -> int:
        """Make indexes, and do what else is done before anything is read."""
        await self.database.outbox.create_index([("order", 1), ("part", 1)])
        await self._audit_trail.ensure_indexes()
        for work in self._on_start:
            await work()
        version = await self._schema.record()
        metrics.SCHEMA_VERSION.set(version)
        return version

    async def _stop(self, relay: Relay, producer: AIOKafkaProducer, stop_by: float) -> None:
        """Accept no more work, finish the current, publish its events. Bounded as a whole: all servers may be down."""
        for what, step in (
            ("consumers and background work", _both(self.broker.stop(), cancel(self._tasks))),
            *(("what it used", work()) for work in self._on_stop),
            ("outbox", _publish_rest(relay)),
            ("producer", producer.stop()),
            ("instance", self.database.instances.leave()),
            ("traces", asyncio.to_thread(tracing.flush)),
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
        unsent = 0 if self._relay and self._relay.idle else await self.database.outbox.estimated_document_count()
        metrics.OUTBOX_UNSENT.set(unsent)
        metrics.OUTBOX_AGE.waits_since(await self.database.outbox_waits_since() if unsent else None)
        for consumer in self.consumers:
            await consumer.measure_lag()


async def _both(first: Awaitable[object], second: Awaitable[object]) -> None:
    for result in await asyncio.gather(first, second, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


async def _publish_rest(relay: Relay) -> None:
    await relay.publish_rest()
    await relay.release()
