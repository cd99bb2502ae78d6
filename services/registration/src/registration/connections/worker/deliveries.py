"""Processes deliveries: fetches the objects that webhooks name, and turns them into attendance.

    waiting → leased → done | ignored | conflict | rejected | failed | pending, or waiting again
    done → conflict | rejected, if an event of the delivery could not be recorded
    pending → waiting, when its conference or session may be known (see ``SessionMapper``), and every hour

A lane processes the deliveries of one connection at a time. The connections take turns, so a long queue of one does not delay
others.

A delivery ends in the transaction that publishes its events. After a crash it stays leased, and is due again when the lease ends.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Final
from uuid import uuid4

import structlog
from prometheus_client import Gauge
from pymongo.errors import PyMongoError

from registration.connections.domain.deliveries import Delivery
from registration.connections.domain.retries import pause
from registration.connections.fetcher import FetchFailed, FetchRefused
from registration.connections.repository.connections import Connections
from registration.connections.repository.deliveries import Deliveries
from registration.connections.use_cases.delivery_processor import DeliveryProcessor, ProcessedDelivery
from registration.connections.worker.api_client import ApiClient
from registration.connections.worker.availability import Availability
from registration.systems import FETCH_ADAPTERS, WEBHOOK_ADAPTERS
from registration.systems.adapter import Fetch, WebhookRequest
from registration.systems.connection import Connection
from registration.systems.observations import Observation
from shared import clock
from shared.contract.envelope import Rejected
from shared.database.leases import LeaseLost
from shared.database.mongo import Database
from shared.encryption import Undecryptable
from shared.logging import correlated
from shared.metrics import Age
from shared.runtime.background import Work

log = structlog.get_logger(__name__)

WAITING = Gauge("opportunity_desk_webhooks_waiting", "webhooks stored but not yet processed")
OLDEST = Age(
    "opportunity_desk_webhooks_oldest_age_seconds",
    "how long the webhook that has waited longest has been due; a retry is due later",
)

LANES: Final = 16
"""How many batches one instance processes at once. A batch is of one connection."""
LANES_PER_CONNECTION: Final = 2
"""How many of these lanes one connection may use, so that a slow system leaves some for others."""
BATCH: Final = 25
"""How many deliveries are claimed at once."""
BATCH_BYTES: Final = 4 * 1024 * 1024
"""The most bytes of their bodies. A larger delivery is processed alone."""
OBJECTS_PER_TRANSACTION: Final = 200
"""How many objects are recorded in one transaction, unless a single delivery has more."""
FETCHES: Final = 4
"""How many objects are fetched at once for one batch."""
LEASE: Final = timedelta(minutes=3)
"""How long a batch may take before another instance may claim it: longer than all its fetches together."""
LOOK_SECONDS: Final = 1.0
RESUME_SECONDS: Final = 3600.0


class _SystemUnavailable(Exception):
    """Nothing was fetched, because another fetch has just found the system unavailable."""


class DeliveryWorker:
    """Processes deliveries in several lanes."""

    def __init__(
        self,
        connections: Connections,
        deliveries: Deliveries,
        processor: DeliveryProcessor,
        api_client: ApiClient,
        database: Database,
        *,
        first_pause: timedelta,
        attempts: int,
    ) -> None:
        self._connections = connections
        self._deliveries = deliveries
        self._processor = processor
        self._api_client = api_client
        self._database = database
        self._first_pause = first_pause
        self._attempts = attempts
        self.arrived = asyncio.Event()
        """Set when a delivery may be due, so that a lane need not wait for the next look."""
        self._last_connection = ""
        """The connection that had the last turn."""
        self._turn_lock = asyncio.Lock()
        self._busy: Counter[str] = Counter()
        """How many lanes work for each connection."""
        self._availability = Availability(first_pause)

    def start(self, every: Callable[[float, Work], None]) -> None:
        """Start the loops of this worker."""
        every(LOOK_SECONDS, self.look)
        every(10.0, self.measure)
        every(600.0, self.purge)
        every(RESUME_SECONDS, self.resume)
        for _ in range(LANES):
            every(0.0, self.work)

    async def look(self) -> None:
        """Wake a lane if a delivery is due: one that is tried again, or that another instance left."""
        if await self._deliveries.next_connection(clock.now(), "", ()):
            self.arrived.set()

    async def work(self) -> None:
        """Run one lane: wait until a delivery may be due, then process deliveries until none is."""
        await self.arrived.wait()
        # Cleared before looking: a delivery that arrives after the look sets it again.
        self.arrived.clear()
        while (connection_id := await self._take_turn()) is not None:
            try:
                await self._process(connection_id, await self._claim(connection_id))
            finally:
                self._busy[connection_id] -= 1

    async def measure(self) -> None:
        """Count the deliveries that wait, and see how long."""
        WAITING.set(await self._deliveries.count_waiting())
        OLDEST.waits_since(await self._deliveries.longest_due(clock.now()))

    async def purge(self) -> None:
        """Delete deliveries that ended long ago."""
        if deleted := await self._deliveries.purge(clock.now()):
            log.info("deliveries_deleted", deliveries=deleted)

    async def resume(self) -> None:
        """Try all pending deliveries again, in case the announcement of their conference or session was missed."""
        if await self._deliveries.resume(clock.now()):
            self.arrived.set()

    async def _take_turn(self) -> str | None:
        """The next connection with a delivery that is due, counted as busy from now on; None if there is none."""
        async with self._turn_lock:
            now = clock.now()
            full = {id for id, lanes in self._busy.items() if lanes >= LANES_PER_CONNECTION}
            connection_id = await self._deliveries.next_connection(
                now, self._last_connection, full | self._availability.unavailable(now)
            )
            if connection_id is None:
                return None
            self._last_connection = connection_id
            self._busy[connection_id] += 1
        self.arrived.set()  # wakes another lane
        return connection_id

    async def _claim(self, connection_id: str) -> list[Delivery]:
        """Claim a batch of a connection's deliveries; empty if others were faster."""
        now = clock.now()
        due = await self._deliveries.due(now, connection_id, 2 * BATCH)
        # A random choice: other lanes and instances would claim the first ones, too.
        ids = _batch_of(random.sample(due, len(due)))
        return await self._deliveries.claim(ids, uuid4().hex, now, now + LEASE)

    async def _process(self, connection_id: str, batch: list[Delivery]) -> None:
        if not batch:
            return
        connection = await self._connections.get(connection_id)
        if connection is None or connection.disabled:
            for delivery in batch:
                await self._give_up(delivery, "the connection is disabled; enable it, then retry this delivery")
            return
        fetch_slots = asyncio.Semaphore(FETCHES)
        processed = await asyncio.gather(*(self._read(delivery, connection, fetch_slots) for delivery in batch))
        for group in _grouped([one for one in processed if one]):
            await self._apply(group, connection)

    async def _read(self, delivery: Delivery, connection: Connection, fetch_slots: asyncio.Semaphore) -> ProcessedDelivery | None:
        """Read a delivery, and fetch the objects that it names. None if it must be tried later, or has failed."""
        with correlated(delivery.id):
            try:
                if delivery.attempts > self._attempts:
                    raise FetchRefused(f"it was not processed in {self._attempts} attempts")
                request = WebhookRequest(delivery.headers, {}, delivery.body or b"")
                content = await asyncio.to_thread(WEBHOOK_ADAPTERS[connection.system].read, request, connection)
                fetched = [seen for fetch in content.fetches for seen in await self._fetch(fetch, connection, fetch_slots)]
            except Exception as error:  # noqa: BLE001 - no error of one delivery may delay the others
                await self._failed(delivery, error)
                return None
            return ProcessedDelivery(delivery, content, fetched)

    async def _fetch(self, fetch: Fetch, connection: Connection, fetch_slots: asyncio.Semaphore) -> list[Observation]:
        async with fetch_slots:
            if connection.id in self._availability.unavailable(clock.now()):
                raise _SystemUnavailable
            began = clock.now()
            body = await self._api_client.get(fetch, connection)
            self._availability.note_success(connection.id)
            return await asyncio.to_thread(FETCH_ADAPTERS[connection.system].observations, fetch, body, began, connection)

    async def _apply(self, processed: list[ProcessedDelivery], connection: Connection) -> None:
        if not processed:
            return
        try:
            ends = await self._database.transact(lambda tx: self._processor.apply(connection, processed, tx))
        except PyMongoError:
            raise  # nothing can be noted now; the leases will end by themselves
        except Exception as error:  # noqa: BLE001
            if len(processed) == 1:
                with correlated(processed[0].delivery.id):
                    await self._failed(processed[0].delivery, error)
                return
            for one in processed:  # one by one, so that a faulty one does not delay the others
                await self._apply([one], connection)
        else:
            for one in processed:
                state, _ = ends[one.delivery.id]
                log.info("delivery_ended", connection_id=connection.id, correlation_id=one.delivery.id, state=state)

    async def _failed(self, delivery: Delivery, error: Exception) -> None:
        match error:
            case PyMongoError():
                raise error
            case LeaseLost():
                log.warning("delivery_taken_over", connection_id=delivery.connection_id)
            case _SystemUnavailable():
                await self._deliveries.release(delivery, clock.now())
            case Rejected() | FetchRefused() | Undecryptable():
                await self._give_up(delivery, str(error))
            case FetchFailed():
                await self._try_later(delivery, error)
            case _:
                log.error("delivery_failed", connection_id=delivery.connection_id, exc_info=error)
                await self._try_later(delivery, FetchFailed(f"an error on our side: {type(error).__name__}"))

    async def _try_later(self, delivery: Delivery, failure: FetchFailed) -> None:
        now = clock.now()
        if failure.unavailable:
            self._availability.note_failure(delivery.connection_id, now, failure.retry_after)
        if delivery.attempts >= self._attempts:
            await self._give_up(delivery, f"given up after {delivery.attempts} attempts: {failure}")
            return
        wait = pause(delivery.attempts, self._first_pause, random.random(), failure.retry_after)  # noqa: S311
        await self._deliveries.postpone(delivery, str(failure), now + wait)
        seconds = round(wait.total_seconds(), 1)
        log.warning("delivery_postponed", connection_id=delivery.connection_id, seconds=seconds, reason=str(failure))

    async def _give_up(self, delivery: Delivery, reason: str) -> None:
        await self._deliveries.give_up(delivery, reason, clock.now())
        log.error("delivery_given_up", connection_id=delivery.connection_id, correlation_id=delivery.id)


def _batch_of(deliveries: Iterable[Delivery]) -> list[str]:
    """The ids of the first deliveries that fit into one batch, but at least one."""
    ids, free_bytes = list[str](), BATCH_BYTES
    for delivery in deliveries:
        free_bytes -= delivery.size
        if ids and (free_bytes < 0 or len(ids) == BATCH):
            break
        ids.append(delivery.id)
    return ids


def _grouped(processed: Iterable[ProcessedDelivery]) -> Iterator[list[ProcessedDelivery]]:
    """Groups of deliveries to be applied in one transaction: at most ``OBJECTS_PER_TRANSACTION`` objects, or a single
    delivery."""
    batch, objects = list[ProcessedDelivery](), 0
    for one in processed:
        if batch and objects + len(one.observations) > OBJECTS_PER_TRANSACTION:
            yield batch
            batch, objects = [], 0
        batch.append(one)
        objects += len(one.observations)
    if batch:
        yield batch
