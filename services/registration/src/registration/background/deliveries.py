"""Working off webhooks: what they name is fetched, and becomes attendance.

    waiting → in hand (leased) → done | ignored | failed, or waiting again

A crash leaves a delivery leased; when the lease ends it is waiting again. What it led to commits together with its end.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog
from prometheus_client import Gauge
from pymongo.errors import PyMongoError

from registration.background.asking import Asking
from registration.domain.connections import Connection
from registration.domain.deliveries import Delivery, pause
from registration.domain.objects import Sighting
from registration.encryption import Undecryptable
from registration.fetching import FetchFailed, FetchRefused
from registration.repository.connections import Connections
from registration.repository.deliveries import Deliveries, LeaseLost
from registration.systems import FETCHED, WEBHOOKS
from registration.systems.base import Fetch, Request
from registration.use_cases.deliveries import Delivered
from shared.envelope import Rejected
from shared.logging import correlated
from shared.mongo import Database
from shared.service import Work

log = structlog.get_logger(__name__)

WAITING = Gauge("webhooks_waiting", "webhooks kept and not yet worked off")

LANES: Final = 8
"""How many deliveries one instance works off at once."""
LANES_OF_ONE: Final = 4
"""How many of them may be one connection's: where one system is slow, the others' go on."""
LEASE: Final = timedelta(minutes=2)
"""How long a delivery may be in hand before another instance takes it; a fetch takes seconds."""
LOOK_SECONDS: Final = 1.0
_AHEAD: Final = 20
_LONGEST_AWAY: Final = timedelta(minutes=1)
"""The longest that a connection's other deliveries wait when its system was away; they do not count it as a failure."""


class Worker:
    """Works off deliveries, each lane one at a time."""

    def __init__(
        self,
        connections: Connections,
        deliveries: Deliveries,
        delivered: Delivered,
        asking: Asking,
        database: Database,
        *,
        first_pause: timedelta,
        attempts: int,
    ) -> None:
        self._connections = connections
        self._deliveries = deliveries
        self._delivered = delivered
        self._asking = asking
        self._database = database
        self._first_pause = first_pause
        self._attempts = attempts
        self.arrived = asyncio.Event()
        """Set when there may be something to do, so that it need not wait for the next look."""
        self._busy: Counter[str] = Counter()
        self._away: dict[str, tuple[int, datetime]] = {}
        """The connections whose system is away: how often in a row it was, and until when it is let alone."""

    def start(self, every: Callable[[float, Work], None]) -> None:
        """Have it work by loops of the service."""
        every(LOOK_SECONDS, self.look)
        every(10.0, self.see_to_the_rest)
        for _ in range(LANES):
            every(0.0, self.work)

    async def look(self) -> None:
        """Wake the lanes for what others have left, or is due again."""
        if await self._deliveries.due(_now(), (), 1):
            self.arrived.set()

    async def work(self) -> None:
        """One lane's turn: wait until there is something to do, then do it until there is nothing left."""
        await self.arrived.wait()
        # Cleared before looking: what arrives after the look sets it again.
        self.arrived.clear()
        while delivery := await self._take():
            self._busy[delivery.connection_id] += 1
            try:
                with correlated(delivery.id):
                    await self._work_off(delivery)
            finally:
                self._busy[delivery.connection_id] -= 1

    async def see_to_the_rest(self) -> None:
        """Forget what is old, and count what waits."""
        await self._deliveries.purge(_now())
        WAITING.set(await self._deliveries.count_waiting())

    async def _take(self) -> Delivery | None:
        now = _now()
        full = {id for id, lanes in self._busy.items() if lanes >= LANES_OF_ONE}
        away = {id for id, (_, until) in self._away.items() if until > now}
        due = await self._deliveries.due(now, full | away, _AHEAD)
        if len(due) > 1:
            self.arrived.set()  # for the other lanes
        random.shuffle(due)  # or all lanes and instances would try to take the same one
        for delivery in due:
            if taken := await self._deliveries.claim(delivery, uuid4().hex, now + LEASE):
                return taken
        return None

    async def _work_off(self, delivery: Delivery) -> None:
        try:
            if delivery.attempts > self._attempts:
                raise FetchRefused(f"it did not end in {self._attempts} attempts")
            connection = await self._connections.get(delivery.connection_id)
            if connection is None or connection.disabled:
                raise FetchRefused("the connection is disabled")
            request = Request(delivery.headers, {}, delivery.body or b"")
            reading = WEBHOOKS[connection.system].read(request, connection)
            fetched = [seen for fetch in reading.fetches for seen in await self._fetch(fetch, connection)]
            await self._database.transact(lambda tx: self._delivered.apply(delivery, connection, reading, fetched, tx))
        except LeaseLost:
            log.warning("delivery_taken_over", delivery_id=delivery.id, connection_id=delivery.connection_id)
        except (Rejected, FetchRefused, Undecryptable) as error:
            await self._give_up(delivery, str(error))
        except FetchFailed as failure:
            await self._try_later(delivery, failure)
        except PyMongoError:
            raise  # the lease ends by itself, and nothing could be noted now
        except Exception as error:
            log.exception("delivery_failed", delivery_id=delivery.id, connection_id=delivery.connection_id)
            await self._try_later(delivery, FetchFailed(f"an error of ours: {type(error).__name__}"))
        else:
            self._away.pop(delivery.connection_id, None)
            log.info("delivery_done", delivery_id=delivery.id, connection_id=delivery.connection_id)

    async def _fetch(self, fetch: Fetch, connection: Connection) -> list[Sighting]:
        began = _now()
        body = await self._asking.get(fetch, connection)
        return FETCHED[connection.system].sightings(fetch, body, began, connection)

    async def _try_later(self, delivery: Delivery, failure: FetchFailed) -> None:
        now, failures = _now(), delivery.attempts
        if failure.away:
            in_a_row = self._away.get(delivery.connection_id, (0, now))[0] + 1
            away = min(pause(in_a_row, self._first_pause, random.random(), failure.retry_after), _LONGEST_AWAY)  # noqa: S311
            self._away[delivery.connection_id] = in_a_row, now + away
        if failures >= self._attempts:
            await self._give_up(delivery, f"given up after {failures} attempts: {failure}")
            return
        wait = pause(failures, self._first_pause, random.random(), failure.retry_after)  # noqa: S311
        await self._deliveries.postpone(delivery, str(failure), now + wait)
        log.warning(
            "delivery_postponed",
            delivery_id=delivery.id,
            connection_id=delivery.connection_id,
            seconds=round(wait.total_seconds(), 1),
            reason=str(failure),
        )

    async def _give_up(self, delivery: Delivery, reason: str) -> None:
        await self._deliveries.give_up(delivery, reason, _now())
        log.error("delivery_given_up", delivery_id=delivery.id, connection_id=delivery.connection_id)


def _now() -> datetime:
    return datetime.now(UTC)
