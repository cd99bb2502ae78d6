"""Pending events, in MongoDB."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable
from datetime import datetime
from typing import Literal

from registration.attendance.domain.capacity import Amount
from registration.attendance.domain.pending import PendingEvent
from registration.value_cache import ValueCache
from shared.contract.envelope import Received
from shared.database.mongo import Document, MongoDatabase, Tx


class PendingEvents:
    """Pending events, by fact id."""

    def __init__(self, db: MongoDatabase) -> None:
        self._pending = db["pending"]
        self._idle = ValueCache(self._idle_sources)
        """Sources without pending events."""

    async def ensure_indexes(self) -> None:
        await self._pending.create_index([("conference_id", 1), ("session_id", 1), ("received_at", 1)])
        await self._pending.create_index([("source", 1), ("size", 1)])
        await self._pending.create_index("persons")
        await self._pending.create_index("received_at")

    async def digests(self, ids: Collection[str], tx: Tx | None = None) -> dict[str, bytes]:
        """The digests of the given events that are pending, by fact id."""
        if not ids:
            return {}
        found = self._pending.find({"_id": {"$in": list(ids)}}, {"digest": 1}, session=tx.session if tx else None)
        return {document["_id"]: bytes(document["digest"]) async for document in found}

    async def any_of(self, sources: Collection[str]) -> bool:
        """Whether any events of these sources may be pending.

        False may be up to a second old: another instance may have added an event since.
        """
        return len(await self._idle.get_many(sources)) < len(sources)

    async def _idle_sources(self, sources: Collection[str]) -> dict[str, Literal[True]]:
        """All of these sources if none of their events is pending, else none."""
        found = await self._pending.find_one({"source": {"$in": list(sources)}}, {"_id": 1})
        return {} if found else dict.fromkeys(sources, True)

    async def get_many(self, ids: Collection[str], tx: Tx) -> list[PendingEvent]:
        """The given events that are pending."""
        found = self._pending.find({"_id": {"$in": list(ids)}}, sort=[("received_at", 1)], session=tx.session)
        return [_waiting(document) async for document in found]

    async def get(self, id: str) -> PendingEvent | None:
        document = await self._pending.find_one({"_id": id})
        return _waiting(document) if document else None

    async def add(self, waiting: Iterable[PendingEvent], tx: Tx) -> None:
        documents = [_document(one) for one in waiting]
        if documents:
            await self._pending.insert_many(documents, ordered=False, session=tx.session)
            self._idle.forget(document["source"] for document in documents)

    async def remove(self, ids: Collection[str], tx: Tx) -> None:
        if ids:
            await self._pending.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)

    async def erase(self, persons: Collection[str], tx: Tx) -> None:
        """Erase the pending events about any of these persons."""
        await self._pending.delete_many({"persons": {"$in": list(persons)}}, session=tx.session)

    async def erase_until(self, person: str, at: datetime, tx: Tx) -> None:
        """Erase the pending events about this person that happened up to this time."""
        await self._pending.delete_many({"persons": person, "at": {"$lte": at}}, session=tx.session)

    async def has_any(self, persons: Collection[str], tx: Tx) -> bool:
        """Whether any event about any of these persons is pending."""
        query = {"persons": {"$in": list(persons)}}
        return await self._pending.find_one(query, {"_id": 1}, session=tx.session) is not None

    async def about(self, persons: Collection[str]) -> AsyncIterator[PendingEvent]:
        """The pending events about any of these persons."""
        async for document in self._pending.find({"persons": {"$in": list(persons)}}):
            yield _waiting(document)

    async def of_sources(self, sources: Collection[str], tx: Tx) -> dict[str, Amount]:
        """How much of each of these sources is pending."""
        waiting = {group["_id"]: _amount(group) async for group in self._sums({"$in": list(sources)}, "$source", tx)}
        return dict.fromkeys(sources, Amount()) | waiting

    async def of_all(self, tx: Tx) -> Amount:
        """How much of all sources is pending."""
        # This matches every source, so that MongoDB reads the index only.
        async for group in self._sums({"$gt": ""}, None, tx):
            return _amount(group)
        return Amount()

    def _sums(self, source: Document, by: str | None, tx: Tx) -> AsyncIterator[Document]:
        sums = {"_id": by, "events": {"$sum": 1}, "bytes": {"$sum": "$size"}}
        groups: AsyncIterator[Document] = self._pending.aggregate(
            [{"$match": {"source": source}}, {"$group": sums}], session=tx.session
        )
        return groups

    async def waited_for(self, conference_id: str, most: int) -> dict[str, int]:
        """How many events wait for each session of a conference, counting the first ``most``; "" for the conference itself."""
        found = self._pending.find({"conference_id": conference_id}, {"_id": 0, "session_id": 1}, sort=[("session_id", 1)])
        return Counter([document["session_id"] async for document in found.limit(most)])

    async def ready(self, conference_id: str, sessions: Collection[str], limit: int) -> list[str]:
        """The ids of the next events that wait for any of these sessions. The session "" means the conference itself."""
        query = {"conference_id": conference_id, "session_id": {"$in": list(sessions)}}
        order = [("session_id", 1), ("received_at", 1)]
        return [document["_id"] async for document in self._pending.find(query, {"_id": 1}, sort=order, limit=limit)]

    async def older(self, than: datetime, limit: int) -> list[PendingEvent]:
        """The next events that arrived before this time."""
        found = self._pending.find({"received_at": {"$lt": than}}, sort=[("received_at", 1)], limit=limit)
        return [_waiting(document) async for document in found]

    async def count(self) -> int:
        """The approximate number of pending events."""
        return await self._pending.estimated_document_count()


def _amount(group: Document) -> Amount:
    return Amount(group["events"], group["bytes"])


def _document(event: PendingEvent) -> Document:
    return {
        "_id": event.id,
        "digest": event.digest,
        "source": event.source,
        "conference_id": event.conference_id,
        "session_id": event.session_id,
        "persons": list(event.persons),
        "at": event.at,
        "received_at": event.received_at,
        "size": event.size,
        "topic": event.record.topic,
        "partition": event.record.partition,
        "offset": event.record.offset,
        "key": event.record.key,
        "headers": [list(header) for header in event.record.headers],
        "value": event.record.value,
    }


def _waiting(document: Document) -> PendingEvent:
    return PendingEvent(
        id=document["_id"],
        digest=bytes(document["digest"]),
        source=document["source"],
        conference_id=document["conference_id"],
        session_id=document["session_id"],
        persons=tuple(document["persons"]),
        at=document["at"],
        received_at=document["received_at"],
        record=Received(
            topic=document["topic"],
            value=document["value"],
            headers=[(name, value) for name, value in document["headers"]],
            key=document["key"],
            partition=document["partition"],
            offset=document["offset"],
        ),
    )
