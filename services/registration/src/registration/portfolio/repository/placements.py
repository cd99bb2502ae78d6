"""Placements of attendees, by their ids."""

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import asdict
from datetime import date

from registration.portfolio.domain.placements import GainedSkill, Placement
from shared.database.mongo import Document, MongoDatabase, Tx, save


class Placements:
    """Placements, each in a document of its own."""

    def __init__(self, db: MongoDatabase) -> None:
        self._placements = db["placements"]

    async def ensure_indexes(self) -> None:
        await self._placements.create_index("attendee_id")

    async def get_many(self, ids: Collection[str], tx: Tx) -> dict[str, Placement]:
        """Those of these placements that are known."""
        if not ids:
            return {}
        found = self._placements.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _placement(document) async for document in found}

    async def of(self, attendee_ids: Collection[str], tx: Tx | None = None) -> AsyncIterator[Placement]:
        """The placements of these attendees, the latest first."""
        found = self._placements.find(
            {"attendee_id": {"$in": list(attendee_ids)}}, sort=[("starts", -1), ("_id", 1)], session=tx and tx.session
        )
        async for document in found:
            yield _placement(document)

    async def save(self, new: Iterable[Placement], changed: Iterable[Placement], tx: Tx) -> None:
        await save(self._placements, map(_document, new), map(_document, changed), tx)

    async def remove(self, ids: Collection[str], tx: Tx) -> None:
        await self._placements.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)


def _document(placement: Placement) -> Document:
    document = asdict(placement)
    return document | {
        "_id": document.pop("id"),
        "starts": placement.starts and placement.starts.isoformat(),
        "ends": placement.ends and placement.ends.isoformat(),
        "skills": [list(skill) for skill in placement.skills],
    }


def _placement(document: Document) -> Placement:
    return Placement(
        id=document.pop("_id"),
        starts=_day(document.pop("starts")),
        ends=_day(document.pop("ends")),
        skills=tuple(GainedSkill(*skill) for skill in document.pop("skills")),
        **document,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
