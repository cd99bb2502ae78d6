"""The seats of listings in MongoDB: one document for each listing, replaced whole.

Two transactions that change one listing's seats conflict, and one of them runs again. So no seat is given twice.
"""

from collections.abc import Collection, Iterable

from matching.seats.domain import Seats
from shared.database.mongo import Document, MongoDatabase, Tx, save
from shared.database.versions import Versions


class SeatsRepository:
    """Stores seats."""

    def __init__(self, db: MongoDatabase) -> None:
        self._seats = db["seats"]
        self.versions = Versions(self._seats)
        self._migrations = db["migrations"]

    @staticmethod
    def of(documents: Iterable[Document]) -> list[Seats]:
        """The seats that these documents hold."""
        return [_seats(document) for document in documents]

    async def ensure_indexes(self) -> None:
        for name in ("placements", "offers", "rounds.round_id"):
            await self._seats.create_index(name)

    async def get(self, listing_id: str) -> Seats | None:
        document = await self._seats.find_one({"_id": listing_id})
        return _seats(document) if document else None

    async def get_many(self, listing_ids: Collection[str], tx: Tx) -> dict[str, Seats]:
        """The stored seats of these listings."""
        return await self._find({"_id": {"$in": list(listing_ids)}}, tx)

    async def held_by(self, round_id: str, tx: Tx) -> dict[str, Seats]:
        """The seats of the listings in which the round holds seats."""
        return await self._find({"rounds.round_id": round_id}, tx)

    async def taken_by(self, placement_ids: Collection[str], application_ids: Collection[str], tx: Tx) -> dict[str, Seats]:
        """The seats of the listings in which one of these placements has a seat, or one of these applications has an offer."""
        # One query for each index: for a single query with "$or", some servers read all seats.
        queries = (("placements", placement_ids), ("offers", application_ids))
        found: dict[str, Seats] = {}
        for name, ids in queries:
            found |= await self._find({name: {"$in": list(ids)}}, tx) if ids else {}
        return found

    async def save(self, changed: Iterable[Seats], known: Collection[str], tx: Tx) -> None:
        """Store these seats. ``known``: the ids of the listings whose seats are stored already."""
        new: list[Document] = []
        replaced: list[Document] = []
        for seats in changed:
            (replaced if seats.listing_id in known else new).append(_document(seats))
        await save(self._seats, new, replaced, tx)

    async def adopted(self) -> bool:
        """Whether promises from before seats were stored here have been adopted."""
        return await self._migrations.find_one({"_id": "seats"}) is not None

    async def mark_adopted(self, tx: Tx) -> None:
        await self._migrations.update_one({"_id": "seats"}, {"$set": {"at": tx.now}}, upsert=True, session=tx.session)

    async def _find(self, query: Document, tx: Tx) -> dict[str, Seats]:
        return {document["_id"]: _seats(document) async for document in self._seats.find(query, session=tx.session)}


def _document(seats: Seats) -> Document:
    return {
        "_id": seats.listing_id,
        "version": seats.version,
        "capacity": seats.capacity,
        "as_of": seats.as_of,
        "moved": seats.moved,
        "placements": list(seats.placements),
        "offers": list(seats.offers),
        # As a list: ids of rounds may contain dots, which keys of documents must not.
        "rounds": [{"round_id": id, "seats": count} for id, count in seats.rounds.items()],
    }


def _seats(document: Document) -> Seats:
    return Seats(
        listing_id=document["_id"],
        version=document["version"],
        capacity=document["capacity"],
        as_of=document["as_of"],
        moved=document["moved"],
        placements=tuple(document["placements"]),
        offers=tuple(document["offers"]),
        rounds={held["round_id"]: held["seats"] for held in document["rounds"]},
    )
