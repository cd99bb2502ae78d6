"""Versions of published state. After a restore, they are behind the versions readers know, so they are raised."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import UpdateOne

from shared.database.mongo import Document, Tx

_PUBLISHED: Final = "published"
"""The field in which some documents keep their last event, which repeats the version."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of the things in one collection, each in its document."""

    documents: AsyncIOMotorCollection[Document]
    field: str = "version"
    which: Document | None = None
    """Those that are published; None: all."""
    id_of: Callable[[str], str] = str
    """The id of the document that has this key on Kafka."""

    async def lift(self, published: Mapping[str, int], tx: Tx) -> set[str]:
        """Raise the versions that are below these, which were published. Returns the keys of which there is no document."""
        keys = {self.id_of(key): key for key in published}
        shown = {self.field: 1, f"{_PUBLISHED}.version": 1}
        found = self.documents.find({"_id": {"$in": list(keys)}}, shown, session=tx.session)
        known = {document["_id"]: document async for document in found}
        behind = {id: published[keys[id]] for id, one in known.items() if one.get(self.field, 0) < published[keys[id]]}
        await self._write([self._raised(known[id], version) for id, version in behind.items()], tx)
        return {key for id, key in keys.items() if id not in known}

    async def raise_next(self, after: str, limit: int, tx: Tx) -> list[Document]:
        """Raise the next versions by one, in the order of ids, beginning after this one. Returns the documents as changed."""
        next = self.documents.find({**(self.which or {}), "_id": {"$gt": after}}, session=tx.session)
        documents = await next.sort("_id", 1).limit(limit).to_list(None)
        await self._write([self._raised(document, document[self.field] + 1) for document in documents], tx)
        return documents

    def _raised(self, document: Document, version: int) -> UpdateOne:
        change: Document = {self.field: version}
        document[self.field] = version
        if document.get(_PUBLISHED):
            document[_PUBLISHED]["version"] = change[f"{_PUBLISHED}.version"] = version
        return UpdateOne({"_id": document["_id"]}, {"$set": change})

    async def _write(self, writes: list[Any], tx: Tx) -> None:
        if writes:
            await self.documents.bulk_write(writes, ordered=False, session=tx.session)
