"""Rejections of events, in MongoDB, for their publishers to see."""

from collections.abc import AsyncIterator, Collection, Iterable
from datetime import timedelta
from typing import Final

from pymongo import ReplaceOne

from registration.attendance.domain.rejections import MAX_REASON, Rejection
from shared.database.mongo import Document, MongoDatabase, Tx

KEPT_FOR: Final = timedelta(days=30)


class Rejections:
    """The last rejection of each event, kept for ``KEPT_FOR``."""

    def __init__(self, db: MongoDatabase) -> None:
        self._rejections = db["rejections"]

    async def ensure_indexes(self) -> None:
        await self._rejections.create_index("at", expireAfterSeconds=int(KEPT_FOR.total_seconds()))
        await self._rejections.create_index("persons")
        await self._rejections.create_index([("conference_id", 1), ("at", -1), ("_id", 1)])

    async def get(self, id: str) -> Rejection | None:
        document = await self._rejections.find_one({"_id": id})
        return _rejection(document) if document else None

    async def of_conference(self, conference_id: str, skip: int, limit: int) -> list[Rejection]:
        """Rejections of events of a conference, the latest first."""
        order = [("at", -1), ("_id", 1)]
        found = self._rejections.find({"conference_id": conference_id}, sort=order, skip=skip, limit=limit)
        return [_rejection(document) async for document in found]

    async def save(self, rejections: Iterable[Rejection], tx: Tx) -> None:
        writes = [ReplaceOne({"_id": one.id}, _document(one), upsert=True) for one in rejections]
        if writes:
            await self._rejections.bulk_write(writes, session=tx.session)

    async def has_any(self, persons: Collection[str], tx: Tx) -> bool:
        """Whether there are rejections about any of these persons."""
        query = {"persons": {"$in": list(persons)}}
        return await self._rejections.find_one(query, {"_id": 1}, session=tx.session) is not None

    async def about(self, persons: Collection[str]) -> AsyncIterator[Rejection]:
        """The rejections about any of these persons."""
        async for document in self._rejections.find({"persons": {"$in": list(persons)}}):
            yield _rejection(document)

    async def erase(self, persons: Collection[str], tx: Tx) -> None:
        """Erase the rejections about any of these persons: an event's id may contain an address."""
        await self._rejections.delete_many({"persons": {"$in": list(persons)}}, session=tx.session)


def _document(rejection: Rejection) -> Document:
    return {
        "_id": rejection.id,
        "digest": rejection.digest,
        "conference_id": rejection.conference_id,
        "persons": list(rejection.persons),
        "reason": rejection.reason[:MAX_REASON],
        "at": rejection.at,
        "failed": rejection.failed,
    }


def _rejection(document: Document) -> Rejection:
    return Rejection(
        id=document["_id"],
        digest=bytes(document["digest"]),
        conference_id=document["conference_id"],
        persons=tuple(document["persons"]),
        reason=document["reason"],
        at=document["at"],
        failed=document.get("failed", False),
    )
