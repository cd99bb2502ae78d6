"""What is known of attendees who agreed to be matched: which conferences they took part in, and how many hours they have."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass

from shared.database.mongo import Document, MongoDatabase, Tx, save


@dataclass(frozen=True, slots=True)
class Attendance:
    """What is kept of an attendee's profile."""

    id: str
    version: int
    conference_ids: Sequence[str]
    hours: int | None = None
    """The most a week, if they said so."""
    agreed: bool = True
    """To be matched."""


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

    async def save(self, new: Iterable[Attendance], changed: Iterable[Attendance], tx: Tx) -> None:
        await save(self._attendances, map(_document, new), map(_document, changed), tx)

    async def forget(self, ids: Collection[str], tx: Tx) -> None:
        if ids:
            await self._attendances.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)

    async def attended(self, conference_id: str, after: str, most: int, tx: Tx) -> list[str]:
        """The ids greater than ``after``, in order, of attendees of the conference."""
        which = {"conference_ids": conference_id, "_id": {"$gt": after}}
        found = self._attendances.find(which, {"_id": 1}, session=tx.session).sort("_id").limit(most)
        return [document["_id"] async for document in found]


def _document(attendance: Attendance) -> Document:
    values = asdict(attendance)
    return {"_id": values.pop("id")} | values
