"""Facts of attendance, by their ids or by attendee."""

from collections.abc import AsyncIterator, Collection, Iterable
from datetime import datetime
from typing import Final

from registration.attendees.domain.attendance import Fact
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx, save

PAGE: Final = 1000


class Facts:
    """Facts. One attendee may have many, so they are read and erased in pages."""

    def __init__(self, db: MongoDatabase) -> None:
        self._attendance = db["attendance"]
        self._encounters = db["encounters"]

    async def ensure_indexes(self) -> None:
        await self._attendance.create_index([("attendee_id", 1), ("at", 1), ("_id", 1)])
        await self._encounters.create_index([("met", 1), ("_id", 1)])

    async def get_many(self, ids: Collection[str], tx: Tx) -> dict[str, Fact]:
        """The facts with these ids that exist."""
        if not ids:
            return {}
        found = self._attendance.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _fact(document) for document in await found.to_list(None)}

    async def digests(self, ids: Collection[str]) -> dict[str, bytes]:
        """The content digests of the events that stated these facts, for facts that are recorded."""
        query = {"_id": {"$in": list(ids)}, "kind": {"$ne": "unknown"}}
        found = self._attendance.find(query, {"digest": 1})
        return {document["_id"]: bytes(document["digest"]) for document in await found.to_list(None)}

    async def get(self, id: str) -> Fact | None:
        document = await self._attendance.find_one({"_id": id})
        return _fact(document) if document else None

    async def about(self, attendee_id: str, tx: Tx | None = None) -> AsyncIterator[Fact]:
        """All facts about an attendee, oldest first."""
        found = self._attendance.find(
            {"attendee_id": attendee_id},
            sort=[("at", 1), ("_id", 1)],
            batch_size=PAGE,
            session=tx.session if tx else None,
        )
        async for document in found:
            yield _fact(document)

    async def save(self, new: Collection[Fact], changed: Iterable[Fact], tx: Tx) -> None:
        await save(self._attendance, map(_document, new), map(_document, changed), tx)
        if met := [
            {"_id": fact.id, "met": fact.subject, "attendee_id": fact.attendee_id} for fact in new if fact.kind == "person_met"
        ]:
            await self._encounters.insert_many(met, ordered=False, session=tx.session)

    async def erase(self, ids: Collection[str], tx: Tx) -> None:
        query = {"_id": {"$in": list(ids)}}
        await self._attendance.delete_many(query, session=tx.session)
        await self._encounters.delete_many(query, session=tx.session)

    async def erase_page(self, attendee_id: str, until: datetime, tx: Tx) -> bool:
        """Erase a page of an attendee's facts from up to ``until``. Returns whether there may be more."""
        query = {"attendee_id": attendee_id, "at": {"$lte": until}}
        found = self._attendance.find(query, {"_id": 1}, limit=PAGE, session=tx.session)
        ids = [document["_id"] async for document in found]
        await self.erase(ids, tx)
        return len(ids) == PAGE

    async def encounters(self, met: Collection[str], after: str, most: int, tx: Tx) -> dict[str, str]:
        """The next encounters with these persons, taken back or not: attendee id by fact id."""
        query = {"met": {"$in": list(met)}, "_id": {"$gt": after}}
        found = self._encounters.find(query, sort=[("_id", 1)], limit=most, session=tx.session)
        return {document["_id"]: document["attendee_id"] async for document in found}

    async def count(self) -> tuple[int, int]:
        """The number of facts, and how many of them are taken back."""
        return (
            await self._attendance.count_documents({"kind": {"$nin": ["unknown", "reverted"]}}),
            await self._attendance.count_documents({"reverted_by": {"$ne": ""}}),
        )


def _document(fact: Fact) -> Document:
    return {
        "_id": fact.id,
        "kind": fact.kind,
        "at": fact.at,
        "attendee_id": fact.attendee_id,
        "conference_id": fact.conference_id,
        "subject": fact.subject,
        "details": fact.details,
        "reverted_by": fact.reverted_by,
        "digest": fact.digest,
        # Most have none.
        **({"warnings": fact.warnings} if fact.warnings else {}),
    }


def _fact(document: Document) -> Fact:
    return from_document(Fact, document, id=document["_id"])
