"""The outbox relay: publishes what transactions left in the outbox, in order, once it is sure to exist."""

import asyncio
import os
import socket
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final
from uuid import uuid4

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from shared import clock, tracing
from shared.backoff import Backoff
from shared.database.leases import Lease, Leases
from shared.database.mongo import Database, Document
from shared.database.outbox_documents import outbox_events
from shared.transient_errors import described

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=10)
IDLE: Final = Backoff(timedelta(seconds=0.2), timedelta(seconds=1), factor=1.5)
"""Between looks that find nothing. A commit of this process ends the wait; one of another instance may have to wait so long."""
DOCUMENTS: Final = 20
"""How many outbox documents are published together."""
GATHER_SECONDS: Final = 0.1
"""How long after fewer documents the next ones are published: what is committed meanwhile goes together, in few commands. The
first document after a quiet time waits for nothing.
"""


class Relay:
    """Publishes a service's outbox. Of several instances the one that holds the lease does; the others stand by.

    A crash after publishing and before deleting publishes again: readers know a repeated event by its version.
    """

    def __init__(self, database: Database, producer: AIOKafkaProducer, prefix: str) -> None:
        self._database = database
        self._leases = Leases(database.db["leases"])
        self._producer = producer
        self._prefix = prefix
        self._lease = Lease(f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex}", datetime.min.replace(tzinfo=UTC))
        self._publishing = asyncio.Lock()
        self._left_nothing = False
        self.failing = ""
        """Why it cannot publish; empty where it can."""

    @property
    def idle(self) -> bool:
        """Whether it publishes, found nothing at its last look, and nothing was committed here since."""
        return self._left_nothing and not self._database.committed.is_set()

    async def run(self) -> None:
        """Publish until cancelled. Publishing in progress still finishes: ``publish_rest`` waits for it."""
        idle = 0
        while True:
            try:
                # Cleared before looking, so a commit after the look sets it again.
                self._database.committed.clear()
                self._left_nothing = False
                holding = await self._hold_lease()
                # Cut off between publishing and deleting, each stop of an instance would publish some events twice.
                published = await asyncio.shield(self.publish_oldest()) if holding else 0
                self.failing = ""
                self._left_nothing = holding and not published
                idle = 0 if published else idle + 1
                if published == DOCUMENTS:
                    continue  # there may be more; a later commit wakes it
                if not holding:  # a commit here is the other instance's to publish: no reason to ask for the lease at once
                    await asyncio.sleep(IDLE.pause(max(1, idle)).total_seconds())
                    continue
                if published:
                    await asyncio.sleep(GATHER_SECONDS)
            except Exception as error:
                self.failing = described(error)
                passing = isinstance(error, PyMongoError | KafkaError | TimeoutError)
                log.warning("outbox_waiting", error=self.failing, exc_info=not passing)
                await asyncio.sleep(1)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._database.committed.wait(), IDLE.pause(max(1, idle)).total_seconds())

    async def publish_oldest(self) -> int:
        """Publish the oldest outbox documents, wait until Kafka has them, delete them. Returns how many there were."""
        async with self._publishing:
            return await self._publish_oldest()

    async def _publish_oldest(self) -> int:
        documents = await self._database.outbox.find(sort=[("order", 1), ("part", 1)], limit=DOCUMENTS).to_list(None)
        if not documents:
            return 0
        if self._lease.until <= clock.now():
            return 0  # held up since it took the lease: another instance may have published these, and newer ones
        # Handed over one after the other, so that events of one key keep their order; confirmed together.
        events = [outbox_events(document) for document in documents]
        with tracing.publishing(event["headers"] for event in chain.from_iterable(events)):
            confirmations = []
            for outgoing in events:
                confirmations += [await self._send(event) for event in outgoing]
                await asyncio.sleep(0)  # others have their turn between large documents
            confirmed = asyncio.gather(*confirmations)
            # The lease is kept while Kafka is slow to confirm: what is on its way must not arrive after newer events.
            while not (await asyncio.wait([confirmed], timeout=LEASE.total_seconds() / 4))[0]:
                await self._hold_lease()
            await confirmed
        await self._database.outbox.delete_many({"_id": {"$in": [document["_id"] for document in documents]}})
        for event in chain.from_iterable(events):
            attributes = event["headers"]  # not its key, which may be an address
            log.info(
                "event_published",
                topic=event["topic"],
                id=attributes.get("ce_id", ""),
                correlation_id=attributes.get("ce_correlationid", ""),
            )
        return len(documents)

    async def _send(self, event: Document) -> asyncio.Future[object]:
        confirmation: asyncio.Future[object] = await self._producer.send(
            self._prefix + event["topic"],
            event["value"],
            event["key"].encode(),
            partition=event["partition"],
            headers=[(name, value.encode()) for name, value in event["headers"].items()],
        )
        return confirmation

    async def _hold_lease(self) -> bool:
        now = clock.now()
        if self._lease.until - now > LEASE / 2:
            return True
        lease = replace(self._lease, until=now + LEASE)
        if not await self._leases.take("outbox", lease, now):
            return False  # another instance holds it
        self._lease = lease
        return True

    async def publish_rest(self) -> None:
        """Publish the rest, if this instance holds the lease."""
        while await self._hold_lease() and await self.publish_oldest():
            pass

    async def release(self) -> None:
        """Give the lease back, so that another instance need not wait for its end."""
        await self._leases.release("outbox", self._lease.owner)
