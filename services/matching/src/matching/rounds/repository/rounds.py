"""Match-day rounds in MongoDB, and the listings reserved for unfinished ones."""

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from matching.rounds.domain.requests import CleanUp
from matching.rounds.domain.rounds import Round
from shared.contract.events.matching import RoundState
from shared.database.documents import from_document
from shared.database.leases import Lease, LeaseLost, Leases
from shared.database.mongo import Database, Document, MongoDatabase, Tx
from shared.database.versions import Versions

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


_TO_DO: Final[Document] = {"step": {"$ne": None}, "fault": None}
"""Matches rounds with pending background work."""


class Rounds:
    """Stores rounds. A transaction that changes a round, or what depends on its state, must ``hold`` it first."""

    def __init__(self, db: MongoDatabase) -> None:
        self._rounds = db["rounds"]
        self.versions = Versions(self._rounds)
        self.leases = Leases(self._rounds)
        self._listings = db["round_listings"]

    @staticmethod
    def of(documents: Iterable[Document]) -> list[Round]:
        """The rounds that these documents hold."""
        return [_round(document) for document in documents]

    async def ensure_indexes(self) -> None:
        await self._rounds.create_index([("step", 1), ("until", 1)])
        await self._rounds.create_index([("state", 1), ("closes_at", 1)])
        await self._rounds.create_index([("conference_id", 1), ("closes_at", -1), ("_id", 1)])
        await self._rounds.create_index("listing_ids")
        await self._listings.create_index("round_id")

    async def get(self, id: str) -> Round | None:
        document = await self._rounds.find_one({"_id": id})
        return _round(document) if document else None

    async def page(
        self,
        after: str,
        limit: int,
        state: RoundState | None,
        conference_id: str | None,
        only: Collection[str] | None = None,
        or_in: Collection[RoundState] = (),
    ) -> list[tuple[Round, int]]:
        """The first ``limit`` rounds after the id ``after``, by id, each with the number of its listings instead of their ids.

        With ``only``, it includes only rounds of these conferences, and rounds in the states ``or_in``.
        """
        page: Document = {"_id": {"$gt": after}}
        if state:
            page["state"] = state
        if conference_id is not None:
            page["conference_id"] = conference_id
        if only is not None:
            page["$or"] = [{"conference_id": {"$in": list(only)}}, {"state": {"$in": list(or_in)}}]
        counted = {"listings": {"$size": "$listing_ids"}, "listing_ids": []}
        found = self._rounds.aggregate([{"$match": page}, {"$sort": {"_id": 1}}, {"$limit": limit}, {"$set": counted}])
        rounds = []
        async for document in found:
            count = document.pop("listings")
            rounds.append((_round(document), count))
        return rounds

    async def of_conference(self, conference_id: str, limit: int) -> list[Round]:
        """The latest rounds of a conference, without their listings, sorted by closing time, latest first."""
        its = {"conference_id": conference_id}
        found = self._rounds.find(its, sort=[("closes_at", -1), ("_id", 1)], limit=limit)
        return [replace(_round(document), listing_ids=()) async for document in found]

    async def open_at(self, conference_ids: Collection[str], limit: int, tx: Tx) -> list[Round]:
        """Open rounds of these conferences, and of none, without their listings, sorted by closing time, earliest first."""
        which: Document = {"state": "open", "conference_id": {"$in": [*conference_ids, None]}}
        sort = {"closes_at": 1, "_id": 1}
        pipeline: list[Document] = [{"$match": which}, {"$sort": sort}, {"$limit": limit}, {"$set": {"listing_ids": []}}]
        return [_round(document) async for document in self._rounds.aggregate(pipeline, session=tx.session)]

    async def with_listings(self, listing_ids: Collection[str], states: Collection[RoundState], limit: int) -> list[Round]:
        """Some rounds in these states that contain one of these listings, sorted by closing time, latest first."""
        theirs = {"listing_ids": {"$in": list(listing_ids)}, "state": {"$in": list(states)}}
        found = self._rounds.find(theirs, sort=[("closes_at", -1), ("_id", 1)], limit=limit)
        return [_round(document) async for document in found]

    async def get_for_update(self, id: str, tx: Tx) -> Round | None:
        """Get the round, and prevent other transactions from holding or changing it before this one ends.

        Otherwise, a concurrent ranking and lock would not see each other.
        """
        document = await self._rounds.find_one_and_update({"_id": id}, {"$inc": {"held": 1}}, session=tx.session)
        return _round(document) if document else None

    async def get_leased(self, id: str, lease: Lease, tx: Tx) -> Round:
        """Hold the round, and renew the owner's lease. Raises ``LeaseLost`` if another instance has it."""
        document = await self._rounds.find_one_and_update(
            {"_id": id, "owner": lease.owner}, {"$set": {"until": lease.until}, "$inc": {"held": 1}}, session=tx.session
        )
        if document is None:
            raise LeaseLost
        return _round(document)

    async def add(self, round: Round, tx: Tx) -> None:
        document = {"_id": round.id, **_fields(round), "owner": "", "until": _LONG_AGO, "held": 0}
        await self._rounds.insert_one(document, session=tx.session)

    async def save(self, round: Round, tx: Tx) -> None:
        """Store a round that this transaction holds."""
        await self._rounds.update_one({"_id": round.id}, {"$set": _fields(round)}, session=tx.session)

    # Background work

    async def overdue(self, now: datetime) -> list[str]:
        """The ids of the open rounds whose time is up."""
        found = self._rounds.find({"state": "open", "closes_at": {"$lte": now}}, {"_id": 1}, sort=[("closes_at", 1)])
        return [document["_id"] async for document in found]

    async def claims(self, length: timedelta, database: Database) -> AsyncIterator[tuple[Round, Lease]]:
        """Rounds with pending background work and no lease, one after another, each claimed under a lease."""
        async for document, lease in self.leases.claims(_TO_DO, length, database):
            yield _round(document), lease

    async def fail(self, id: str, lease: Lease, failure: str) -> None:
        """Record a failure; the work is tried again when the lease ends. Raises ``LeaseLost`` if another instance has it."""
        await self.leases.renew(id, lease, {"$set": {"failure": failure}, "$inc": {"failures": 1}})

    # Listings in unfinished rounds

    async def take_listings(self, ids: Collection[str], round_id: str, tx: Tx) -> dict[str, str]:
        """Reserve exactly these listings for the round.

        If some are in another unfinished round, nothing changes, and these are returned with that round's id.
        """
        taken = await self._taken(ids, tx)
        elsewhere = {id: other for id, other in taken.items() if other != round_id}
        if not elsewhere:
            await self._listings.delete_many({"round_id": round_id, "_id": {"$nin": list(ids)}}, session=tx.session)
            # Two concurrent inserts of a listing conflict, and the later transaction finds the first one when it runs again.
            new = [{"_id": id, "round_id": round_id} for id in ids if id not in taken]
            if new:
                await self._listings.insert_many(new, ordered=False, session=tx.session)
        return elsewhere

    async def elsewhere(self, ids: Collection[str], round_id: str) -> set[str]:
        """Which of these listings are in another unfinished round."""
        return {id for id, other in (await self._taken(ids)).items() if other != round_id}

    async def _taken(self, ids: Collection[str], tx: Tx | None = None) -> dict[str, str]:
        """The unfinished round of each of these listings that is in one."""
        found = self._listings.find({"_id": {"$in": list(ids)}}, session=tx.session if tx else None)
        return {document["_id"]: document["round_id"] async for document in found}

    async def free_listings(self, round_id: str, tx: Tx) -> None:
        """Release the round's listings for other rounds."""
        await self._listings.delete_many({"round_id": round_id}, session=tx.session)


def _fields(round: Round) -> Document:
    clean_up = round.clean_up and round.clean_up.model_dump()
    # Without asdict, which would copy up to 5,000 ids.
    values = {name: getattr(round, name) for name in Round.__dataclass_fields__ if name != "id"}
    return values | {"listing_ids": list(round.listing_ids), "clean_up": clean_up}


def _round(document: Document) -> Round:
    clean_up = document["clean_up"]
    return from_document(
        Round,
        document,
        id=document["_id"],
        listing_ids=tuple(document["listing_ids"]),
        clean_up=CleanUp.model_construct(**clean_up) if clean_up else None,
    )
