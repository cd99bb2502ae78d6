"""MongoDB: the only place that creates a client. One unit of work is one transaction, including its events."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from random import random
from typing import Any, Final, TypeVar

from bson.timestamp import Timestamp
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pydantic import BaseModel
from pymongo import InsertOne, ReadPreference, ReplaceOne
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared import clock
from shared.backoff import Backoff
from shared.contract.envelope import Encoded, Event, Outgoing, pack
from shared.contract.topics import Topic
from shared.database.instances import Instances
from shared.database.outbox_documents import outbox_documents
from shared.database.recent import COMMITS
from shared.database.server_requirements import DatabaseUnfit as DatabaseUnfit
from shared.database.server_requirements import WriteProbe, check_conflicts, check_hello
from shared.database.turns import Turn
from shared.logging import correlation_id
from shared.server_settings import mongodb_options
from shared.settings import ServiceSettings
from shared.transient_errors import DUPLICATE_KEY, WRITE_CONFLICT, TooSlow, codes

Document = dict[str, Any]
MongoDatabase = AsyncIOMotorDatabase[Document]
Result = TypeVar("Result")

TRANSACTION_SECONDS: Final = 60.0
"""How long a unit of work may take, including retries; MongoDB aborts transactions after the same time."""
_NO_TIME: Final = Timestamp(0, 0)
_MAJORITY: Final = WriteConcern("majority")
_MOST_DUPLICATES: Final = 5
_CONFLICTS: Final = Backoff(timedelta(milliseconds=7.5), timedelta(seconds=0.5), factor=1.5, jitter=1)
"""Between the attempts of a transaction that conflicts with another one."""


class Tx:
    """A transaction: pass its ``session`` to every query; what it publishes or rejects takes effect if it commits.

    The work inside may run again from the start, so it makes no remote call other than its queries.
    """

    def __init__(self, session: AsyncIOMotorClientSession, service: str) -> None:
        self.session = session
        self.now = clock.now()
        self.outgoing: list[Outgoing] = []
        self.rejected: list[tuple[Event, str]] = []
        self.waking: list[asyncio.Event] = []
        self._service = service

    def publish(
        self,
        topic: Topic,
        key: str,
        data: BaseModel | Encoded,
        *,
        version: int,
        cause: Event | None = None,
        partition: int | None = None,
        part: str = "",
        republished: bool = False,
    ) -> None:
        """Publish an event after the commit. Its id is made of topic, key and version, so a repeat has the same id.

        Several events of one version differ by ``partition``, or are told apart by ``part``. ``republished``: it is no news.

        The correlation id is that of the event that is the ``cause``, or of the current request.
        """
        identifier = f"{topic.name}/{key}@{version}" + ("" if partition is None else f"/{partition}") + (part and f"/{part}")
        correlation = (cause.correlation_id if cause else "") or correlation_id.get() or identifier
        self.outgoing.append(
            pack(
                data,
                id=identifier,
                source=self._service,
                topic=topic.name,
                key=key,
                time=self.now,
                correlation_id=correlation,
                partition=partition,
                republished=republished,
            )
        )

    def erase(self, topic: Topic, key: str) -> None:
        """Publish a tombstone after the commit: the topic, a compacted one, forgets this key."""
        self.outgoing.append(Outgoing(topic.name, key, {}, None))

    def send(self, outgoing: Outgoing) -> None:
        """Publish, after the commit, an event that is not this service's own but made from another system's report."""
        self.outgoing.append(outgoing)

    def wake(self, waiting: asyncio.Event) -> None:
        """Set this event after the commit, so that its waiters see the transaction's result."""
        self.waking.append(waiting)

    def reject(self, event: Event, reason: str) -> None:
        """Leave this event out: it goes to the dead-letter topic with the reason."""
        self.rejected.append((event, reason))


class Database:
    """A service's own database."""

    def __init__(self, service: str, settings: ServiceSettings) -> None:
        self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            **mongodb_options(settings),
            appname=service,
            tz_aware=True,
            serverSelectionTimeoutMS=5_000,
            connectTimeoutMS=5_000,
            socketTimeoutMS=int(TRANSACTION_SECONDS * 1000),
            maxPoolSize=20,
            w="majority",
        )
        name = settings.mongodb_database or f"{settings.topic_prefix}{service}".replace(".", "-")
        self.db: MongoDatabase = self._client.get_database(name)
        # Majority: published events must not be rolled back with a failed server.
        self.outbox = self.db.get_collection("outbox", read_concern=ReadConcern("majority"))
        self.writes = WriteProbe(self.db)
        self.instances = Instances(self._client, self.db)
        self.committed = asyncio.Event()
        """Set when a transaction has left something in the outbox."""
        self._service = service
        self._retries = asyncio.Lock()

    async def wait_until_fit(self, seconds: float) -> None:
        """Wait for the server.

        Raises:
            DatabaseUnfit: it lacks what every unit of work needs, such as transactions.
            ConnectionError: it did not answer in time.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            try:
                check_hello(await self._client.admin.command("hello"))
                await check_conflicts(self._client, self.db)
                return
            except (PyMongoError, TimeoutError) as error:
                if asyncio.get_running_loop().time() > deadline:
                    reason = str(error).partition(" (configured timeouts")[0] or "timeout"  # what follows helps no operator
                    raise ConnectionError(f"MongoDB did not answer within {seconds:.0f} s: {reason}") from error
                await asyncio.sleep(0.5)

    async def ping(self) -> None:
        """Raises ``PyMongoError`` where the server does not answer."""
        await self._client.admin.command("ping")

    async def takes_writes(self) -> bool:
        """Whether it takes a write in time, now."""
        await self.writes.write()
        return not self.writes.failing

    async def outbox_holds(self, documents: int) -> bool:
        """Whether at least this many outbox documents are waiting to be published."""
        return await self.outbox.find_one({}, {"_id": 1}, sort=[("order", 1), ("part", 1)], skip=documents - 1) is not None

    async def outbox_waits_since(self) -> datetime | None:
        """When the oldest outbox document was stored; None if the outbox is empty."""
        oldest = await self.outbox.find_one({}, {"created_at": 1}, sort=[("order", 1), ("part", 1)])
        return oldest["created_at"] if oldest else None

    async def outbox_below(self, documents: int) -> None:
        """Wait until fewer outbox documents are waiting to be published."""
        while await self.outbox_holds(documents):  # noqa: ASYNC110 - another instance may publish them
            await asyncio.sleep(0.05)

    def close(self) -> None:
        self._client.close()

    async def transact(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        """Run ``work`` in one transaction, its events in one outbox document with it.

        On a conflict with another transaction it runs again, whole, in turn with the others of this process that conflicted.

        Raises:
            TooSlow: it did not end within ``TRANSACTION_SECONDS``.
            PyMongoError: the database failed.
        """

        attempts = 0

        async def attempt(session: AsyncIOMotorClientSession) -> tuple[Result, list[asyncio.Event]]:
            nonlocal attempts
            # Motor's own retry is immediate. But a killed process's documents stay locked until the server aborts its transaction
            # (transactionLifetimeLimitSeconds), and until then everybody would be busy retrying.
            if attempts:
                turn.end()
                await asyncio.sleep(_CONFLICTS.pause(attempts, random()).total_seconds())  # noqa: S311
                await turn.wait()
            attempts += 1
            tx = Tx(session, self._service)
            result = await work(tx)
            if tx.outgoing:
                # The cluster time that this transaction has seen orders the documents: of two transactions on one aggregate,
                # the later has read what the earlier committed, so its time is the later one, whatever the machines' clocks say.
                seen = (session.delegate.cluster_time or {}).get("clusterTime", _NO_TIME)
                await self.outbox.insert_many(outbox_documents(tx.outgoing, seen, tx.now), session=session)
                tx.wake(self.committed)
            return result, tx.waking

        done: tuple[Result, list[asyncio.Event]]
        async with _time_limit(), await self._client.start_session() as session, Turn(self._retries) as turn:
            await self.instances.opened(session.delegate.session_id)
            duplicates = 0
            while True:
                try:
                    done = await session.with_transaction(
                        attempt,
                        read_concern=ReadConcern("snapshot"),
                        write_concern=_MAJORITY,
                        read_preference=ReadPreference.PRIMARY,
                    )
                    COMMITS.count += 1
                    break
                except OperationFailure as error:
                    # Another transaction made or changed the same document first: the next attempt will find it.
                    if WRITE_CONFLICT in codes(error):
                        continue  # from a server without labels; what has one is tried again in there
                    duplicates += 1
                    if DUPLICATE_KEY not in codes(error) or duplicates == _MOST_DUPLICATES:
                        raise
        result, waking = done
        for waiting in waking:
            waiting.set()
        return result

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Publish events that belong to no state change, in no order relative to others. They are stored on return.

        One document is written whole or not at all, without a transaction.

        Raises:
            PyMongoError: the database failed.
        """
        documents = outbox_documents(outgoing, _NO_TIME, clock.now())
        if len(documents) == 1:
            await self.outbox.insert_one(documents[0])
        else:
            async with await self._client.start_session() as session, session.start_transaction(write_concern=_MAJORITY):
                await self.outbox.insert_many(documents, session=session)
        self.committed.set()


@asynccontextmanager
async def _time_limit() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(TRANSACTION_SECONDS):
            yield
    except TimeoutError as error:
        raise TooSlow(f"the transaction did not end within {TRANSACTION_SECONDS:.0f} s") from error


async def save(
    collection: AsyncIOMotorCollection[Document], new: Iterable[Document], changed: Iterable[Document], tx: Tx
) -> None:
    """Insert the new documents and replace the changed ones, whole, in one command.

    Knowing which is which pays off: an insert needs no search. Another transaction's change of the same document is a conflict.
    """
    writes: list[InsertOne[Document] | ReplaceOne[Document]] = [InsertOne(document) for document in new]
    writes += [ReplaceOne({"_id": document["_id"]}, document) for document in changed]
    if writes:
        await collection.bulk_write(writes, ordered=False, session=tx.session)


async def save_if_newer(collection: AsyncIOMotorCollection[Document], documents: Iterable[Document], tx: Tx) -> None:
    """Save each document, whole, unless the same ``version`` of it or a newer one is stored.

    Of several documents with one id, the newest is saved.
    """
    newest: dict[str, Document] = {}
    for document in documents:
        other = newest.get(document["_id"])
        if other is None or other["version"] < document["version"]:
            newest[document["_id"]] = document
    if not newest:
        return
    found = collection.find({"_id": {"$in": list(newest)}}, {"version": 1}, session=tx.session)
    stored = {document["_id"]: document["version"] async for document in found}
    new = [document for id, document in newest.items() if id not in stored]
    changed = [document for id, document in newest.items() if id in stored and stored[id] < document["version"]]
    await save(collection, new, changed, tx)
