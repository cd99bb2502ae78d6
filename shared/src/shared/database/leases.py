"""Leases: which instance works on something, and until when no other one may take it over.

A worker takes what ``claims`` gives it, does each under ``working``, and keeps the lease by ``renew`` with what it writes, or by
``holding`` while it writes nothing.

A lease ends by itself, so that what a killed instance had in hand goes on with another one. An instance that was only slow finds
its lease lost with the next thing that it writes: everything under a lease is written where its owner still has it.

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
    """Who works on something, and until when nobody else may take it over."""

    owner: str
    until: datetime

    @classmethod
    def lasting(cls, length: timedelta, owner: str = "") -> "Lease":
        """A lease that lasts so long from now on, of this owner or a new one."""
        return cls(owner or uuid4().hex, clock.now() + length)

    def ended(self) -> "Lease":
        """The same, ended now: renewed so, it is free for others at once."""
        return replace(self, until=clock.now())


class LeaseLost(Exception):
    """Another instance has taken over: this one took too long."""


class Leases:
    """The leases on a collection's documents, in their fields ``owner`` and ``until``."""

    def __init__(self, documents: AsyncIOMotorCollection[Document]) -> None:
        self._documents = documents

    async def free(self, query: Document, now: datetime) -> list[str]:
        """The ids of the documents that match and that nobody works on, the longest free first."""
        found = self._documents.find({**query, "until": {"$lte": now}}, {"_id": 1}, sort=[("until", 1)])
        return [document["_id"] async for document in found]

    async def claim(self, id: str, query: Document, lease: Lease, tx: Tx) -> Document | None:
        """The document, from now on under this lease; None where another was faster, or it matches no more.

        In a transaction: what a killed instance had in hand stays locked for a while, and each attempt of it looks anew.
        """
        free = {"_id": id, **query, "until": {"$lte": tx.now}}
        document: Document | None = await self._documents.find_one_and_update(free, {"$set": asdict(lease)}, session=tx.session)
        return document

    async def claims(self, query: Document, length: timedelta, database: Database) -> AsyncIterator[tuple[Document, Lease]]:
        """Claim the documents that match and that nobody works on, one after the other, each under a lease of its own.

        The next one is claimed when the work on the last one has ended. It goes on until there are none.
        """
        while ids := await self.free(query, clock.now()):
            for id in ids:
                lease = Lease.lasting(length)
                if document := await database.transact(partial(self.claim, id, query, lease)):
                    yield document, lease

    async def take(self, id: str, lease: Lease, now: datetime) -> bool:
        """Whether the lease is this owner's now: it was already, or was free, or nobody ever had one on this id."""
        free = {"_id": id, "$or": [{"owner": lease.owner}, {"until": {"$lte": now}}]}
        try:
            await self._documents.update_one(free, {"$set": asdict(lease)}, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    async def renew(self, id: str, lease: Lease, change: Document | None = None) -> None:
        """Let the lease end at its new time, and make a change with it.

        Raises:
            LeaseLost: it is another's by now, and nothing was changed.
        """
        change = change or {}
        values = {**change.get("$set", {}), "until": lease.until}
        result = await self._documents.update_one({"_id": id, "owner": lease.owner}, {**change, "$set": values})
        if not result.matched_count:
            raise LeaseLost

    async def release(self, id: str, owner: str) -> None:
        """Delete the document, if the lease is still this owner's: others need not wait for its end."""
        await self._documents.delete_one({"_id": id, "owner": owner})

    @asynccontextmanager
    async def working(self, id: str, lease: Lease, failed: Callable[[Exception], Awaitable[None]]) -> AsyncIterator[None]:
        """Work on a document under a lease that was claimed.

        A lease that is lost ends the work. Cancelled, as the service stops, the lease is given back. Any other error goes to
        ``failed``, which notes it, or raises it where it passes by itself: the work goes on once the lease has ended.
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
        """The result of work that takes long and writes nothing under the lease, which is renewed for ``length`` meanwhile.

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
