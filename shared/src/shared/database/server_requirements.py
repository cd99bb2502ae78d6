"""Whether a MongoDB is sufficient for the services' guarantees: it has transactions, a cluster time, and reports conflicts."""

import asyncio
from typing import Any, Final
from uuid import uuid4

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from shared import clock
from shared.transient_errors import WRITE_CONFLICT, codes, described

PROBE_SECONDS: Final = 10.0
"""How long a probe may take."""

Document = dict[str, Any]


class DatabaseUnfit(RuntimeError):
    """This MongoDB is insufficient for the services' guarantees."""


def check_hello(hello: Document) -> None:
    """Raises ``DatabaseUnfit`` if the server's answer to ``hello`` shows that it lacks something every unit of work needs."""
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise DatabaseUnfit(
            "this MongoDB is a single server without transactions; start it as a replica set "
            "(one node is enough: mongod --replSet rs0, then rs.initiate())"
        )
    if not isinstance(cluster := hello.get("$clusterTime"), dict) or "clusterTime" not in cluster:
        raise DatabaseUnfit(
            "this MongoDB returns no $clusterTime, which puts published events in order; "
            "use MongoDB 4.2 or later as a replica set, without a proxy that removes it"
        )


async def check_conflicts(client: AsyncIOMotorClient[Document], db: AsyncIOMotorDatabase[Document]) -> None:
    """Have two transactions change one document, and see that the later one is refused in a way that is tried again.

    It leaves nothing behind, and may be called by several instances at once.

    Raises:
        DatabaseUnfit: it is not refused, or not so.
        PyMongoError: the server did not answer.
        TimeoutError: it did not in ``PROBE_SECONDS``.
    """
    probes, id = db["probes"], f"conflict {uuid4().hex}"
    async with asyncio.timeout(PROBE_SECONDS):
        await probes.insert_one({"_id": id, "by": 0})
        try:
            error = await _conflict(client, probes, id)
        finally:
            await probes.delete_one({"_id": id})
    if error is None:
        raise DatabaseUnfit("this MongoDB lets two transactions change one document, so one of the changes is lost")
    if not error.has_error_label("TransientTransactionError") and WRITE_CONFLICT not in codes(error):
        raise DatabaseUnfit(
            f"this MongoDB reports a conflict of two transactions as {described(error)}, with neither the label "
            f"TransientTransactionError nor the code {WRITE_CONFLICT}, so it cannot be told apart from other errors"
        )


async def _conflict(
    client: AsyncIOMotorClient[Document], probes: AsyncIOMotorCollection[Document], id: str
) -> OperationFailure | None:
    """How the second of two transactions is refused; None where it is not."""
    async with await client.start_session() as first, await client.start_session() as second:
        try:
            for session in (first, second):  # both have seen the document as it was before either
                session.start_transaction(read_concern=ReadConcern("snapshot"))
                await probes.find_one({"_id": id}, session=session)
            await probes.update_one({"_id": id}, {"$set": {"by": 1}}, session=first)
            await first.commit_transaction()
            await probes.update_one({"_id": id}, {"$set": {"by": 2}}, session=second)
            await second.commit_transaction()
        except OperationFailure as error:
            if first.delegate.in_transaction:
                raise  # that was no conflict
            return error
        finally:  # leaving the session would do this too, but wait for the server in the event loop
            for session in (first, second):
                if session.delegate.in_transaction:
                    await session.abort_transaction()
    return None


class WriteProbe:
    """Whether the database accepts writes: one with a full disk still answers a ping."""

    def __init__(self, db: AsyncIOMotorDatabase[Document]) -> None:
        self._probes = db["probes"]
        self.failing = ""
        """Why the last write failed; empty if it succeeded."""

    async def write(self) -> None:
        """Write one small document, always the same. Call it every few seconds."""
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._probes.update_one({"_id": "write"}, {"$set": {"at": clock.now()}}, upsert=True)
        except (PyMongoError, TimeoutError) as error:
            self.failing = described(error)
        else:
            self.failing = ""
