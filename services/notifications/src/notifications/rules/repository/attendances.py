"""What is known of attendees who agreed to be matched: which conferences they took part in, and how many hours they have."""

from collections.abc import Collection

from shared.database.mongo import Document, MongoDatabase, Tx


class Attendances:
    """One document for each attendee with a published profile; its version is the profile's."""

    def __init__(self, db: MongoDatabase) -> None:
        self._attendances = db["attendances"]

    async def ensure_indexes(self) -> None:
        await self._attendances.create_index([("conference_ids", 1), ("_id", 1)])

    async def known(self, ids: Collection[str], tx: Tx) -> dict[str, Document]:
        """What is known of these attendees: ``version``, ``conference_ids``, ``hours`` a week and whether they ``agreed``."""
        if not ids:
            return {}
        found = self._attendances.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: document async for document in found}

    async def save(
        self, id: str, version: int, conference_ids: list[str], tx: Tx, hours: int | None = None, *, agreed: bool = True
    ) -> None:
        """``hours``: the most a week, if they said so; ``agreed``: to be matched."""
        document = {"_id": id, "version": version, "conference_ids": conference_ids, "hours": hours, "agreed": agreed}
        await self._attendances.replace_one({"_id": id}, document, upsert=True, session=tx.session)

    async def forget(self, id: str, tx: Tx) -> None:
        await self._attendances.delete_one({"_id": id}, session=tx.session)

    async def attended(self, conference_id: str, after: str, most: int, tx: Tx) -> list[str]:
        """The ids greater than ``after``, in order, of attendees of the conference."""
        which = {"conference_ids": conference_id, "_id": {"$gt": after}}
        found = self._attendances.find(which, {"_id": 1}, session=tx.session).sort("_id").limit(most)
        return [document["_id"] async for document in found]
