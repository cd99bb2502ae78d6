"""Objects of other systems as they were observed, in MongoDB."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from dataclasses import replace

import orjson

from registration.attendees.domain.mentions import persons_in
from registration.systems.connection import Connection
from registration.systems.observations import ObservedObject, ObservedPart
from shared.database.mongo import Document, MongoDatabase, Tx, save
from shared.persons import Mentioned


class Objects:
    """Objects, by connection and id."""

    def __init__(self, db: MongoDatabase, person_id: Callable[[str], str]) -> None:
        """``person_id`` makes the id of an address or account. By these ids, the objects of an erased person are found."""
        self._objects = db["objects"]
        self._person_id = person_id

    async def ensure_indexes(self) -> None:
        await self._objects.create_index([("connection_id", 1), ("stands", 1)])
        await self._objects.create_index("person_ids")

    async def get_many(self, connection: Connection, ids: Iterable[str], tx: Tx) -> dict[str, ObservedObject]:
        """The objects with these ids that are stored."""
        found = self._objects.find({"_id": {"$in": [_id(connection.id, id) for id in ids]}}, session=tx.session)
        return {observed.id: observed for observed in [_object(document) async for document in found]}

    async def save(
        self, connection: Connection, mapping: str, new: Iterable[ObservedObject], changed: Iterable[ObservedObject], tx: Tx
    ) -> None:
        """Store objects whose attendance was worked out by this ``mapping``."""
        inserted, replaced = await asyncio.to_thread(
            lambda: [[self._document(connection, mapping, observed) for observed in group] for group in (new, changed)]
        )
        await save(self._objects, inserted, replaced, tx)

    async def outdated(self, connection: Connection, mapping: str, limit: int, tx: Tx) -> list[ObservedObject]:
        """Up to ``limit`` objects whose attendance was worked out by another mapping."""
        query = {"connection_id": connection.id, "mapping": {"$ne": mapping}}
        found = self._objects.find(query, session=tx.session, limit=limit)
        return [_object(document) async for document in found]

    async def standing(self, connection_id: str) -> set[str]:
        """The ids of a connection's objects from which some attendance stands."""
        found = self._objects.find({"connection_id": connection_id, "stands": True}, {"object_id": 1})
        return {document["object_id"] async for document in found}

    async def has_any(self, person_ids: Collection[str], tx: Tx) -> bool:
        """Whether any object contains an address or account of these persons."""
        query = {"person_ids": {"$in": [*person_ids]}}
        return await self._objects.find_one(query, {"_id": 1}, session=tx.session) is not None

    async def about(self, person_ids: Collection[str]) -> AsyncIterator[ObservedObject]:
        """The objects that contain an address or account of these persons, with only the parts that do."""
        async for document in self._objects.find({"person_ids": {"$in": [*person_ids]}}):
            observed, theirs = _object(document), self._parts_about(person_ids, document)
            yield replace(observed, parts={name: part for name, part in observed.parts.items() if name in theirs})

    async def erase(self, person_ids: Collection[str], tx: Tx) -> None:
        """Delete the parts about these persons. The ids of published events stay; they reveal nothing."""
        async for document in self._objects.find({"person_ids": {"$in": [*person_ids]}}, session=tx.session):
            theirs = self._parts_about(person_ids, document)
            change = {
                "parts": [part for part in document["parts"] if part[0] not in theirs],
                "person_ids": sorted(set(document["person_ids"]) - {*person_ids}),
            }
            await self._objects.update_one({"_id": document["_id"]}, {"$set": change}, session=tx.session)

    def _parts_about(self, person_ids: Collection[str], document: Document) -> set[str]:
        """The names of an object's parts that contain an address or account of these persons."""
        return {
            name
            for name, _, data in document["parts"]
            if persons_in([orjson.dumps(data)], document["source"], self._person_id).any_of({*person_ids})
        }

    def persons_in(self, connection: Connection, part: ObservedPart) -> Mentioned:
        """The persons whose addresses or accounts are in this part of an object."""
        return persons_in([orjson.dumps(part.data)], connection.source, self._person_id)

    def _document(self, connection: Connection, mapping: str, observed: ObservedObject) -> Document:
        return {
            "_id": _id(connection.id, observed.id),
            "object_id": observed.id,
            "connection_id": connection.id,
            "source": connection.source,
            "mapping": mapping,
            # Lists rather than objects: ids may contain dots, which field names may not.
            "parts": [[part.name, part.rank, part.data] for part in observed.parts.values()],
            "published": [[id, stands] for id, stands in observed.published.items()],
            "stands": any(observed.published.values()),
            "person_ids": sorted({id for part in observed.parts.values() for id in self.persons_in(connection, part).ids}),
        }


def _id(connection_id: str, object_id: str) -> str:
    return f"{connection_id} {object_id}"  # connection ids contain no spaces


def _object(document: Document) -> ObservedObject:
    return ObservedObject(
        document["object_id"],
        document["connection_id"],
        {name: ObservedPart(name, rank, data) for name, rank, data in document["parts"]},
        dict(document["published"]),
    )
