"""Processing webhooks: what they name is fetched, and becomes attendance.

    waiting → leased → done | ignored | conflict | rejected | failed | pending, or waiting again
    done → conflict | rejected, where what it led to could not be recorded
    pending → waiting, once what it waits for may be known (see ``PollWorker.remap``), and every hour

Each lane works for one connection at a time, and the connections take turns: what one has waiting delays no other.

A crash leaves deliveries leased; when the lease ends they are due again. What they led to commits together with their end.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog
from prometheus_client import Gauge
from pymongo.errors import PyMongoError

from registration.connections.domain.deliveries import Delivery, pause
from registration.connections.fetching import FetchFailed, FetchRefused
from registration.connections.repository.connections import Connections
from registration.connections.repository.deliveries import Deliveries
from registration.connections.use_cases.delivery_processor import DeliveryProcessor, ProcessedDelivery
from registration.connections.worker.api_client import ApiClient
from registration.encryption import Undecryptable
from registration.systems import FETCH_ADAPTERS, WEBHOOK_ADAPTERS
from registration.systems.base import Fetch, Request
from registration.systems.connection import Connection
from registration.systems.observations import Observation
from shared import clock
from shared.contract.envelope import Rejected
from shared.database.leases import LeaseLost
from shared.database.mongo import Database
from shared.logging import correlated
from shared.service import Work

log = structlog.get_logger(__name__)

WAITING = Gauge("webhooks_waiting", "webhooks stored and not yet processed")

LANES: Final = 16
"""How many batches of deliveries one instance works off at once, each of one connection."""
LANES_OF_ONE: Final = 2
"""How many of them may be one connection's: where one system is slow, the others' go on."""
BATCH: Final = 25
"""Deliveries that are claimed at once."""
BATCH_BYTES: Final = 4 * 1024 * 1024
"""Of their bodies; a larger one is taken alone."""
TOGETHER: Final = 200
"""Objects that are taken over in one transaction, unless one delivery alone has more."""
FETCHES: Final = 4
"""How many objects are fetched at once for a batch."""
LEASE: Final = timedelta(minutes=3)
"""How long processing a batch may take before another instance claims it: longer than all its fetches together."""
LOOK_SECONDS: Final = 1.0
RESUME_SECONDS: Final = 3600.0
_LONGEST_AWAY: Final = timedelta(minutes=1)
"""The longest that a connection's other deliveries wait when its system was away."""


class _NotTried(Exception):
    """The system was found to be away meanwhile."""


class DeliveryWorker:
    """Processes deliveries."""

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
        """Set when there may be something to do, so that it need not wait for the next look."""
        self._last = ""
        """Whose turn it was last."""
        self._taking = asyncio.Lock()
        self._busy: Counter[str] = Counter()
        self._away: dict[str, tuple[int, datetime]] = {}
        """The connections whose system is away: how often in a row it was, and until when it is let alone."""

    def start(self, every: Callable[[float, Work], None]) -> None:
        """Have it work by loops of the service."""
        every(LOOK_SECONDS, self.look)
        every(10.0, self.measure)
        every(600.0, self.purge)
        every(RESUME_SECONDS, self.resume)
        for _ in range(LANES):
            every(0.0, self.work)

    async def look(self) -> None:
        """Wake the lanes for what others have left, or is due again."""
        if await self._deliveries.next_connection(clock.now(), "", ()):
            self.arrived.set()

    async def work(self) -> None:
        """One lane's turn: wait until there is something to do, then do it until there is nothing left."""
        await self.arrived.wait()
        # Cleared before looking: what arrives after the look sets it again.
        self.arrived.clear()
        while (turn := await self._take_turn()) is not None:
            try:
                await self._process(turn, await self._take(turn))
            finally:
                self._busy[turn] -= 1

    async def measure(self) -> None:
        """Count what waits."""
        WAITING.set(await self._deliveries.count_waiting())

    async def purge(self) -> None:
        """Forget what is old."""
        if forgotten := await self._deliveries.purge(clock.now()):
            log.info("deliveries_forgotten", deliveries=forgotten)

    async def resume(self) -> None:
        """Look again at what is pending, in case that it was missed when it could go on."""
        if await self._deliveries.resume(clock.now()):
            self.arrived.set()

    async def _take_turn(self) -> str | None:
        """The connection to work for next, which is busy by that; None where nothing is due."""
        async with self._taking:
            now = clock.now()
            full = {id for id, lanes in self._busy.items() if lanes >= LANES_OF_ONE}
            away = {id for id, (_, until) in self._away.items() if until > now}
            connection_id = await self._deliveries.next_connection(now, self._last, full | away)
            if connection_id is None:
                return None
            self._last = connection_id
            self._busy[connection_id] += 1
        self.arrived.set()  # for the other lanes
        return connection_id

    async def _take(self, connection_id: str) -> list[Delivery]:
        """Claim some deliveries of a connection; none where others were faster."""
        now = clock.now()
        due = await self._deliveries.due(now, connection_id, 2 * BATCH)
        # Not always the first ones, which other lanes and instances take too.
        ids = _within(BATCH, BATCH_BYTES, random.sample(due, len(due)))
        return await self._deliveries.claim(ids, uuid4().hex, now, now + LEASE)

    async def _process(self, connection_id: str, batch: list[Delivery]) -> None:
        if not batch:
            return
        connection = await self._connections.get(connection_id)
        if connection is None or connection.disabled:
            for delivery in batch:
                await self._give_up(delivery, "the connection is disabled")
            return
        free = asyncio.Semaphore(FETCHES)
        processed = await asyncio.gather(*(self._read(delivery, connection, free) for delivery in batch))
        for together in _few_objects([one for one in processed if one]):
            await self._apply(together, connection)

    async def _read(self, delivery: Delivery, connection: Connection, free: asyncio.Semaphore) -> ProcessedDelivery | None:
        """Read a delivery, and fetch what it names. None where that is for another time, or for an operator."""
        with correlated(delivery.id):
            try:
                if delivery.attempts > self._attempts:
                    raise FetchRefused(f"it did not end in {self._attempts} attempts")
                request = Request(delivery.headers, {}, delivery.body or b"")
                content = await asyncio.to_thread(WEBHOOK_ADAPTERS[connection.system].read, request, connection)
                fetched = [seen for fetch in content.fetches for seen in await self._fetch(fetch, connection, free)]
            except Exception as error:  # noqa: BLE001 - whatever it is must not keep the others waiting
                await self._failed(delivery, error)
                return None
            return ProcessedDelivery(delivery, content, fetched)

    async def _fetch(self, fetch: Fetch, connection: Connection, free: asyncio.Semaphore) -> list[Observation]:
        async with free:
            if self._away.get(connection.id, (0, clock.now()))[1] > clock.now():
                raise _NotTried
            began = clock.now()
            body = await self._api_client.get(fetch, connection)
            self._away.pop(connection.id, None)
            return await asyncio.to_thread(FETCH_ADAPTERS[connection.system].observations, fetch, body, began, connection)

    async def _apply(self, processed: list[ProcessedDelivery], connection: Connection) -> None:
        if not processed:
            return
        try:
            ends = await self._database.transact(lambda tx: self._processor.apply(connection, processed, tx))
        except PyMongoError:
            raise  # the leases end by themselves, and nothing could be noted now
        except Exception as error:  # noqa: BLE001
            if len(processed) == 1:
                with correlated(processed[0].delivery.id):
                    await self._failed(processed[0].delivery, error)
                return
            for one in processed:  # each for itself, so that one does not keep the others waiting
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
            case _NotTried():
                await self._deliveries.release(delivery, clock.now())
            case Rejected() | FetchRefused() | Undecryptable():
                await self._give_up(delivery, str(error))
            case FetchFailed():
                await self._try_later(delivery, error)
            case _:
                log.error("delivery_failed", connection_id=delivery.connection_id, exc_info=error)
                await self._try_later(delivery, FetchFailed(f"an error of ours: {type(error).__name__}"))

    async def _try_later(self, delivery: Delivery, failure: FetchFailed) -> None:
        now = clock.now()
        if failure.away:
            in_a_row = self._away.get(delivery.connection_id, (0, now))[0] + 1
            away = min(pause(in_a_row, self._first_pause, random.random(), failure.retry_after), _LONGEST_AWAY)  # noqa: S311
            self._away[delivery.connection_id] = in_a_row, now + away
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


def _within(most: int, most_bytes: int, deliveries: Iterable[Delivery]) -> list[str]:
    """The ids of the first of these: at most so many, with at most so many bytes, but always one."""
    ids, room = list[str](), most_bytes
    for one in deliveries:
        room -= one.size
        if ids and (room < 0 or len(ids) == most):
            break
        ids.append(one.id)
    return ids


def _few_objects(processed: Iterable[ProcessedDelivery]) -> Iterator[list[ProcessedDelivery]]:
    """These deliveries, as many at once as have at most ``TOGETHER`` objects, but always one."""
    batch, objects = list[ProcessedDelivery](), 0
    for one in processed:
        if batch and objects + len(one.observations) > TOGETHER:
            yield batch
            batch, objects = [], 0
        batch.append(one)
        objects += len(one.observations)
    if batch:
        yield batch
