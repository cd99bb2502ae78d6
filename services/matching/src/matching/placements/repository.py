"""Placements in MongoDB, with a lock that makes one attendee's acceptances exclude each other."""

from collections.abc import Collection, Iterable
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorCollection
from pydantic import TypeAdapter
from pymongo import UpdateOne

from matching.placements.domain.placement import LIVE, Placement, State
from shared.database.mongo import Document, MongoDatabase, Tx, save
from shared.database.versions import Versions

_PLACEMENT = TypeAdapter(Placement)


class PlacementsRepository:
    """Stores placements. A transaction that makes one must ``lock`` its attendee first."""

    def __init__(self, db: MongoDatabase) -> None:
        self._placements = db["placements"]
        self.versions = Versions(self._placements)
        self._commitments = db["commitments"]

    @staticmethod
    def of(documents: Iterable[Document]) -> list[Placement]:
        """The placements that these documents hold."""
        return [_placement(document) for document in documents]

    async def ensure_indexes(self) -> None:
        for name in ("attendee_id", "listing_id", "organization_id"):
            await self._placements.create_index([(name, 1), ("_id", 1)])
        await self._placements.create_index([("mentor_person_ids", 1), ("ends", -1)])
        await self._placements.create_index([("organization_id", 1), ("state", 1), ("ends", 1)])
        await self._placements.create_index("over_since", sparse=True)

    async def get(self, id: str, tx: Tx | None = None) -> Placement | None:
        document = await self._placements.find_one({"_id": id}, session=tx.session if tx else None)
        return _placement(document) if document else None

    async def get_many(self, ids: Collection[str], tx: Tx) -> list[Placement]:
        """The known placements with these ids."""
        found = self._placements.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return [_placement(document) async for document in found]

    async def page(
        self,
        after: str,
        limit: int,
        *,
        listing_id: str | None = None,
        attendee_id: str | None = None,
        attendees: Collection[str] | None = None,
        organizations: Collection[str] | None = None,
        mentored: Collection[str] = (),
        mentor_ids: Collection[str] = (),
    ) -> list[Placement]:
        """The first ``limit`` placements after the id ``after``, by id.

        ``attendees`` and ``organizations`` restrict them to theirs; None stands for all. Of the organizations ``mentored``, there
        are also the placements that the mentor with ``mentor_ids`` looks after.
        """
        page: Document = {"_id": {"$gt": after}}
        if listing_id is not None:
            page["listing_id"] = listing_id
        if attendee_id is not None:
            page["attendee_id"] = attendee_id
        if organizations is not None:
            page["$or"] = [
                {"attendee_id": {"$in": list(attendees or ())}},
                {"organization_id": {"$in": list(organizations)}},
                {"organization_id": {"$in": list(mentored)}, "mentor_person_ids": {"$in": list(mentor_ids)}},
            ]
        return [_placement(document) async for document in self._placements.find(page, sort=[("_id", 1)], limit=limit)]

    async def of_mentor(
        self, person_ids: Collection[str], organizations: Collection[str] | None, states: Collection[State], limit: int
    ) -> list[Placement]:
        """The placements in these states that this mentor supervises for these organizations, sorted by end, latest first."""
        theirs: Document = {"mentor_person_ids": {"$in": list(person_ids)}, "state": {"$in": list(states)}}
        if organizations is not None:
            theirs["organization_id"] = {"$in": list(organizations)}
        found = self._placements.find(theirs, sort=[("ends", -1), ("_id", 1)], limit=limit)
        return [_placement(document) async for document in found]

    async def of_host(
        self, organization_id: str, limit: int, *, states: Collection[State], listing_id: str | None = None, skip: int = 0
    ) -> list[Placement]:
        """Some placements at a host in these states, sorted by end, latest first."""
        its: Document = {"organization_id": organization_id, "state": {"$in": list(states)}}
        if listing_id is not None:
            its["listing_id"] = listing_id
        found = self._placements.find(its, sort=[("ends", -1), ("_id", 1)], skip=skip, limit=limit)
        return [_placement(document) async for document in found]

    async def ever_in(self, organization_id: str, states: Collection[State]) -> dict[str, int]:
        """How many placements at a host were ever in each of these states."""
        return await count_ever_in(self._placements, organization_id, states)

    async def count_hired(self, organization_id: str) -> int:
        """How many placements at a host led to a hire."""
        return await self._placements.count_documents({"organization_id": organization_id, "hire": {"$ne": None}})

    async def lock(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Prevent other transactions from making placements of these attendees before this one ends."""
        writes = [UpdateOne({"_id": id}, {"$inc": {"version": 1}}, upsert=True) for id in sorted(attendee_ids)]
        if writes:
            await self._commitments.bulk_write(writes, ordered=False, session=tx.session)

    async def of_attendees(self, attendee_ids: Collection[str], tx: Tx, *, live: bool = False) -> dict[str, list[Placement]]:
        """The placements of each of these attendees; with ``live``, only live ones."""
        theirs: Document = {"attendee_id": {"$in": list(attendee_ids)}}
        if live:
            theirs["state"] = {"$in": list(LIVE)}
        found: dict[str, list[Placement]] = {}
        async for document in self._placements.find(theirs, sort=[("_id", 1)], session=tx.session):
            found.setdefault(document["attendee_id"], []).append(_placement(document))
        return found

    async def add(self, placements: Iterable[Placement], tx: Tx) -> None:
        await save(self._placements, map(_document, placements), (), tx)

    async def save(self, placement: Placement, tx: Tx) -> None:
        """Store a placement that this transaction has read."""
        await save(self._placements, (), [_document(placement)], tx)

    async def save_all(self, placements: Iterable[Placement], tx: Tx) -> None:
        """Store placements that this transaction has read."""
        await save(self._placements, (), map(_document, placements), tx)

    async def over(self, before: datetime, limit: int, without: Collection[str] = ()) -> list[str]:
        """The ids of some placements that ended before this time and still have the details of ``detailed``."""
        over: Document = {"over_since": {"$lt": before}, "_id": {"$nin": list(without)}}
        return [document["_id"] async for document in self._placements.find(over, {"_id": 1}, limit=limit)]

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> list[str]:
        """Delete these attendees' placements. Returns their ids."""
        theirs = {"attendee_id": {"$in": list(attendee_ids)}}
        ids = [document["_id"] async for document in self._placements.find(theirs, {"_id": 1}, session=tx.session)]
        if ids:
            await self._placements.delete_many({"_id": {"$in": ids}}, session=tx.session)
        await self._commitments.delete_many({"_id": {"$in": list(attendee_ids)}}, session=tx.session)
        return ids


async def count_ever_in(
    collection: AsyncIOMotorCollection[Document], organization_id: str, states: Collection[str]
) -> dict[str, int]:
    """How many of a host's documents with a history, such as placements, were ever in each of these states."""
    steps: list[Document] = [
        {"$match": {"organization_id": organization_id}},
        {"$project": {"history.state": 1}},
        {"$unwind": "$history"},
        {"$group": {"_id": {"id": "$_id", "state": "$history.state"}}},  # each state of each document once
        {"$group": {"_id": "$_id.state", "count": {"$sum": 1}}},
    ]
    counts = {one["_id"]: one["count"] async for one in collection.aggregate(steps)}
    return {state: counts.get(state, 0) for state in states}


def _document(placement: Placement) -> Document:
    document: Document = _PLACEMENT.dump_python(placement, mode="json")  # BSON has no dates without a time
    document = {"_id": document.pop("id"), **document}
    if placement.detailed and placement.over_since is not None:  # indexed only while there is something to delete
        document["over_since"] = placement.over_since
    return document


def _placement(document: Document) -> Placement:
    return _PLACEMENT.validate_python({"id": document.pop("_id"), **document})
