"""MongoDB in memory, with the features that repositories use, for tests with many thousands of transactions.

Everything happens in sequence, so transactions never conflict. Unsupported features raise errors. `test_documents.py` compares it
with a real server.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Self

import bson
from bson.codec_options import CodecOptions
from pymongo import InsertOne, ReplaceOne, UpdateOne

from shared.contract.envelope import Outgoing
from shared.database.mongo import Document, Result, Tx

_UTC: Final = CodecOptions[Document](tz_aware=True)
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "$gt": lambda value, other: value > other,
    "$gte": lambda value, other: value >= other,
    "$lt": lambda value, other: value < other,
    "$lte": lambda value, other: value <= other,
}


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that never waits, because everything is in memory."""
    try:
        work.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    raise AssertionError("it waits for something")


class Cursor:
    """The found documents, as copies."""

    def __init__(self, found: list[Document], sort: list[tuple[str, int]] | None, limit: int) -> None:
        self._found = found
        for name, direction in reversed(sort or []):
            self.sort(name, direction)
        self.limit(limit)

    def sort(self, name: str, direction: int = 1) -> Self:
        self._found.sort(key=lambda document: document[name], reverse=direction < 0)
        return self

    def limit(self, most: int) -> Self:
        self._found = self._found[: most or None]
        return self

    async def to_list(self, _: int | None = None) -> list[Document]:
        return self._found

    async def __aiter__(self) -> AsyncIterator[Document]:
        for document in self._found:
            yield document


class DocumentCollection:
    """A collection. Documents are stored as BSON, so that queries return what a server would."""

    def __init__(self) -> None:
        self.documents: dict[Any, tuple[Document, bytes]] = {}
        """The documents by id. They are replaced, never changed."""

    async def create_index(self, *_: Any, **__: Any) -> None:
        pass

    def find(
        self,
        which: Document | None = None,
        projection: Document | None = None,
        *,
        sort: list[tuple[str, int]] | None = None,
        limit: int = 0,
        session: Any = None,
        batch_size: int = 0,
    ) -> Cursor:
        return Cursor([_decoded(self.documents[id][1]) for id in self._ids(which or {})], sort, limit)

    async def find_one(self, which: Document, projection: Document | None = None, *, session: Any = None) -> Document | None:
        return next((_decoded(self.documents[id][1]) for id in self._ids(which)), None)

    async def find_one_and_update(
        self, which: Document, change: Document, *, upsert: bool = False, return_document: bool = False, session: Any = None
    ) -> Document | None:
        before = await self.find_one(which)
        await self.update_one(which, change, upsert=upsert)
        return await self.find_one({"_id": before["_id"]} if before else which) if return_document else before

    async def count_documents(self, which: Document, *, session: Any = None) -> int:
        return len(self._ids(which))

    async def insert_many(self, documents: Iterable[Document], *, ordered: bool = True, session: Any = None) -> None:
        for document in documents:
            assert document["_id"] not in self.documents, "duplicate key"
            self._put(document)

    async def replace_one(self, which: Document, document: Document, *, upsert: bool = False, session: Any = None) -> None:
        if ids := self._ids(which)[:1]:
            self._put({**document, "_id": ids[0]})
        elif upsert:
            self._put({**document, "_id": which["_id"]})

    async def update_one(self, which: Document, change: Document, *, upsert: bool = False, session: Any = None) -> None:
        if ids := self._ids(which)[:1]:
            self._put(_changed(_decoded(self.documents[ids[0]][1]), change))
        elif upsert:
            self._put(_changed({"_id": which["_id"]}, change))

    async def update_many(self, which: Document, change: Document, *, session: Any = None) -> None:
        for id in self._ids(which):
            self._put(_changed(_decoded(self.documents[id][1]), change))

    async def delete_one(self, which: Document, *, session: Any = None) -> None:
        for id in self._ids(which)[:1]:
            del self.documents[id]

    async def delete_many(self, which: Document, *, session: Any = None) -> None:
        for id in self._ids(which):
            del self.documents[id]

    async def bulk_write(self, writes: Iterable[Any], *, ordered: bool = True, session: Any = None) -> None:
        for write in writes:
            if isinstance(write, InsertOne):
                await self.insert_many([write._doc])
            elif isinstance(write, ReplaceOne | UpdateOne):
                change: Any = self.replace_one if isinstance(write, ReplaceOne) else self.update_one
                await change(write._filter, write._doc, upsert=bool(write._upsert))
            else:
                raise NotImplementedError(type(write).__name__)

    def _ids(self, which: Document) -> list[Any]:
        id = which.get("_id")
        among: Collection[Any] = self.documents
        if isinstance(id, str):
            among = [id]
        elif isinstance(id, dict) and "$in" in id:
            among = list(dict.fromkeys(id["$in"]))
        return [one for one in among if one in self.documents and _matches(self.documents[one][0], which)]

    def _put(self, document: Document) -> None:
        encoded = bson.encode(document)
        self.documents[document["_id"]] = _decoded(encoded), encoded


class MemoryDatabase:
    """A service's database with the interface of ``Database``. The time comes from ``now``."""

    def __init__(self, service: str, now: datetime) -> None:
        self.now = now
        self.db: Any = self
        self.outgoing: list[Outgoing] = []
        """Everything that was published, in order."""
        self._service = service
        self._collections: dict[str, DocumentCollection] = {}

    def __getitem__(self, name: str) -> DocumentCollection:
        return self._collections.setdefault(name, DocumentCollection())

    async def transact(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        session: Any = None
        tx = Tx(session, self._service)
        tx.now = self.now
        before = {name: dict(collection.documents) for name, collection in self._collections.items()}
        try:
            result = await work(tx)
        except BaseException:
            for name, collection in self._collections.items():
                collection.documents = before.get(name, {})
            raise
        self.outgoing += tx.outgoing
        return result

    def contents(self) -> dict[str, dict[Any, Document]]:
        """All documents by id, of each collection that has any."""
        return {
            name: {id: document for id, (document, _) in collection.documents.items()}
            for name, collection in self._collections.items()
            if collection.documents
        }


def _decoded(encoded: bytes) -> Document:
    return bson.decode(encoded, _UTC)


def _changed(document: Document, change: Document) -> Document:
    for operator, values in change.items():
        for name, value in values.items():
            match operator:
                case "$set":
                    document[name] = value
                case "$unset":
                    document.pop(name, None)
                case "$inc":
                    document[name] = document.get(name, 0) + value
                case "$max":
                    document[name] = max(document.get(name, value), value)
                case "$max":
                    document[name] = max(document.get(name, value), value)
                case _:
                    raise NotImplementedError(operator)
    return document


def _matches(document: Document, which: Document) -> bool:
    return all(
        any(_matches(document, one) for one in wanted) if name == "$or" else _fits(_values(document, name), wanted)
        for name, wanted in which.items()
    )


def _values(document: Any, path: str) -> list[Any]:
    """The value and, if it is a list, its elements; None if there is nothing."""
    name, _, rest = path.partition(".")
    value = document.get(name)
    if rest:
        return [one for element in (value if isinstance(value, list) else [value or {}]) for one in _values(element, rest)]
    return [value, *value] if isinstance(value, list) else [value]


def _fits(values: list[Any], wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return wanted in values
    return all(_compares(values, operator, other) for operator, other in wanted.items())


def _compares(values: list[Any], operator: str, other: Any) -> bool:
    match operator:
        case "$in":
            return any(value in other for value in values)
        case "$nin":
            return not any(value in other for value in values)
        case "$ne":
            return other not in values
        case _ if operator in _COMPARISONS:
            return any(type(value) is type(other) and _COMPARISONS[operator](value, other) for value in values)
        case _:
            raise NotImplementedError(operator)
