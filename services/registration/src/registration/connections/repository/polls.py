"""The progress of polls, in MongoDB."""

from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from registration.connections.domain.polls import PollProgress
from shared.database.documents import from_document
from shared.database.leases import LeaseLost
from shared.database.mongo import Document, MongoDatabase, Tx


class Polls:
    """The progress of each connection. A running poll is leased: ``due_at`` is the lease's end, ``claim`` the holder."""

    def __init__(self, db: MongoDatabase) -> None:
        self._progress = db["progress"]

    async def get(self, connection_id: str) -> PollProgress:
        document = await self._progress.find_one({"_id": connection_id})
        return _progress(document) if document else PollProgress(connection_id)

    async def note(self, connection_id: str, problem: str, now: datetime) -> None:
        """Record how the API answered: with this problem, or correctly if ``problem`` is empty."""
        values: Document = {"problem": problem, "problem_at": now} if problem else {"problem": "", "fetched_at": now}
        await self._progress.update_one({"_id": connection_id}, {"$set": values}, upsert=True)

    async def remapped(self, connection_id: str, mapping: str) -> None:
        """Note that the attendance of all its objects was worked out by this mapping."""
        await self._progress.update_one({"_id": connection_id}, {"$set": {"mapping": mapping}}, upsert=True)

    async def claim(self, known: PollProgress, claim: str, until: datetime) -> bool:
        """Begin a poll. Returns False if another instance did."""
        # The document may lack these fields: MongoDB matches null where there is no field.
        query = {"_id": known.connection_id, "due_at": known.due_at}
        try:
            result = await self._progress.update_one(query, {"$set": {"claim": claim, "due_at": until}}, upsert=True)
        except DuplicateKeyError:
            return False
        return bool(result.modified_count or result.upserted_id)

    async def advance(self, connection_id: str, claim: str, cursor: dict[str, Any], until: datetime, tx: Tx) -> None:
        """Store the poll's progress together with its results, in one transaction, and renew the lease.

        Raises:
            LeaseLost: another instance polls.
        """
        result = await self._progress.update_one(
            {"_id": connection_id, "claim": claim}, {"$set": {"cursor": cursor, "due_at": until}}, session=tx.session
        )
        if not result.matched_count:
            raise LeaseLost

    async def end(self, connection_id: str, claim: str, due_at: datetime, *, polled_at: datetime | None, failed: bool) -> None:
        """Release the poll until it continues, or the next one is due. ``polled_at``: when it ended, if it is complete."""
        changes: Document = {"$set": {"due_at": due_at, "claim": ""}}
        if failed:
            changes["$inc"] = {"failures": 1}
        else:
            changes["$set"] |= {"failures": 0} | ({"polled_at": polled_at} if polled_at else {})
        await self._progress.update_one({"_id": connection_id, "claim": claim}, changes)


def _progress(document: Document) -> PollProgress:
    return from_document(PollProgress, document, connection_id=document["_id"])
