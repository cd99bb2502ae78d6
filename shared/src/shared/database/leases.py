"""Leases: which instance is working on something, and until when no other may take it over.

A worker iterates over ``claims``, processes each item under ``working``, and keeps the lease with ``renew`` as it writes, or with
``holding`` while it writes nothing.

A lease expires, so another instance can continue the work of one that was killed. An instance that was merely slow notices at its
next write that the lease is lost: every write under a lease checks the owner.

Queues (webhook deliveries, polls, messages) keep their leases in ``due_at`` and ``claim`` instead. A claim moves ``due_at`` to
the end of the lease, so one index finds what is due and what a killed instance left. They share no code, because only the
condition "still my claim" is common: deliveries are claimed in batches, count attempts, and each ends with a state of its own;
a poll compares and sets the time that it has read, and renews its lease in the transaction that stores its cursor; a message's
claim names the instance, and ends when that instance does.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

import structlog
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from shared import clock
from shared.database.mongo import Database, Document, Tx

log = structlog.get_logger(__name__)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Lease:
    """Who is working on something, and until when nobody else may take it over."""

    owner: str
    until: datetime

    @classmethod
    def lasting(cls, length: timedelta, owner: str = "") -> "Lease":
        """A lease of this length from now on, for this owner or a new one."""
        return cls(owner or uuid4().hex, clock.now() + length)

    def ended(self) -> "Lease":
        """The same lease, ending now: renewed like this, it is free for others at once."""
        return replace(self, until=clock.now())


class LeaseLost(Exception):
    """Another instance has taken over: this one took too long."""


class Leases:
    """The leases on a collection's documents, in their fields ``owner`` and ``until``."""

    def __init__(self, documents: AsyncIOMotorCollection[Document]) -> None:
        self._documents = documents

    async def free(self, query: Document, now: datetime) -> list[str]:
        """The ids of matching documents without a lease, the longest free first."""
        found = self._documents.find({**query, "until": {"$lte": now}}, {"_id": 1}, sort=[("until", 1)])
        return [document["_id"] async for document in found]

    async def claim(self, id: str, query: Document, lease: Lease, tx: Tx) -> Document | None:
        """The document, now under this lease; None if another instance was faster, or it no longer matches.

        It needs a transaction: documents that a killed instance was writing stay locked for a while, and each retry looks again.
        """
        free = {"_id": id, **query, "until": {"$lte": tx.now}}
        document: Document | None = await self._documents.find_one_and_update(free, {"$set": asdict(lease)}, session=tx.session)
        return document

    async def claims(self, query: Document, length: timedelta, database: Database) -> AsyncIterator[tuple[Document, Lease]]:
        """Claim matching documents without a lease, one after the other, each under its own lease.

        The next one is claimed when the work on the previous one has ended, until there are none left.
        """
        while ids := await self.free(query, clock.now()):
            for id in ids:
                lease = Lease.lasting(length)
                if document := await database.transact(partial(self.claim, id, query, lease)):
                    yield document, lease

    async def take(self, id: str, lease: Lease, now: datetime) -> bool:
        """Take the lease. Returns whether this owner has it: it had it already, it was free, or it is new."""
        free = {"_id": id, "$or": [{"owner": lease.owner}, {"until": {"$lte": now}}]}
        try:
            await self._documents.update_one(free, {"$set": asdict(lease)}, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    async def renew(self, id: str, lease: Lease, change: Document | None = None) -> None:
        """Set the lease's new end, together with a change.

        Raises:
            LeaseLost: another instance has it by now, and nothing was changed.
        """
        change = change or {}
        values = {**change.get("$set", {}), "until": lease.until}
        result = await self._documents.update_one({"_id": id, "owner": lease.owner}, {**change, "$set": values})
        if not result.matched_count:
            raise LeaseLost

    async def release(self, id: str, owner: str) -> None:
        """Delete the document if this owner still has the lease, so others need not wait for its end."""
        await self._documents.delete_one({"_id": id, "owner": owner})

    @asynccontextmanager
    async def working(self, id: str, lease: Lease, failed: Callable[[Exception], Awaitable[None]]) -> AsyncIterator[None]:
        """Work on a document under a claimed lease.

        A lost lease ends the work. On cancellation, when the service stops, the lease is given back. Any other error goes to
        ``failed``, which records it, or raises it if it is transient: the work resumes once the lease has ended.
        """
        try:
            try:
                yield
            except (LeaseLost, asyncio.CancelledError):
                raise
            except Exception as error:  # noqa: BLE001 - whose fault it is, ``failed`` decides
                await failed(error)
        except LeaseLost:
            log.warning("lease_lost", collection=self._documents.name, id=id)
        except asyncio.CancelledError:
            await self.renew(id, lease.ended())
            raise

    async def holding(self, id: str, owner: str, length: timedelta, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of long work that writes nothing under the lease; the lease is renewed by ``length`` meanwhile.

        Raises:
            LeaseLost: another instance has taken over. The work is cancelled.
        """
        task = asyncio.create_task(work)
        try:
            while not (await asyncio.wait({task}, timeout=length.total_seconds() / 3))[0]:
                await self.renew(id, Lease.lasting(length, owner))
            return task.result()
        finally:
            task.cancel()
