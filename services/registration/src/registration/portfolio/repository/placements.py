"""Placements of attendees, by their ids."""

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import asdict
from datetime import date

from registration.portfolio.domain.placements import Credential, GainedSkill, Placement, Publication
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx, save


class Placements:
    """Placements, each in its own document."""

    def __init__(self, db: MongoDatabase) -> None:
        self._placements = db["placements"]

    async def ensure_indexes(self) -> None:
        await self._placements.create_index("attendee_id")

    async def get_many(self, ids: Collection[str], tx: Tx) -> dict[str, Placement]:
        """The given placements that are known."""
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

    async def with_credential(self, after: str, limit: int, tx: Tx) -> list[Placement]:
        """The first ``limit`` placements after this id that have a credential."""
        page = {"_id": {"$gt": after}, "credential": {"$ne": None}}
        found = self._placements.find(page, sort=[("_id", 1)], limit=limit, session=tx.session)
        return [_placement(document) async for document in found]

    async def get(self, id: str, tx: Tx) -> Placement | None:
        return (await self.get_many([id], tx)).get(id)

    async def save(self, new: Iterable[Placement], changed: Iterable[Placement], tx: Tx) -> None:
        await save(self._placements, map(_document, new), map(_document, changed), tx)

    async def remove(self, ids: Collection[str], tx: Tx) -> None:
        await self._placements.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)


def _document(placement: Placement) -> Document:
    document = asdict(placement)
    published = document.pop("publication")
    return document | {
        "_id": document.pop("id"),
        **_days_as_text(document),
        "skills": [list(skill) for skill in placement.skills],
        "publication": published and published | _days_as_text(published),
    }


def _placement(document: Document) -> Placement:
    published, credential = document["publication"], document.get("credential")
    return from_document(
        Placement,
        document,
        id=document["_id"],
        **_days(document),
        skills=tuple(GainedSkill(*skill) for skill in document["skills"]),
        publication=_publication(published) if published else None,
        credential=from_document(Credential, credential, skills=tuple(credential["skills"])) if credential else None,
    )


def _publication(document: Document) -> Publication:
    return from_document(
        Publication,
        document,
        parts=tuple(document["parts"]),
        skills=tuple((term, level) for term, level in document["skills"]),
        **_days(document),
    )


def _days_as_text(document: Document) -> Document:
    """A document with its dates as text, because MongoDB has no type for dates without a time."""
    return {name: document[name] and document[name].isoformat() for name in ("starts", "ends")}


def _days(document: Document) -> Document:
    """A document with its dates parsed."""
    return {name: date.fromisoformat(document[name]) if document[name] else None for name in ("starts", "ends")}
