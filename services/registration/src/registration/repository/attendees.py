"""Attendees, and the facts of their attendance."""

from collections.abc import Collection, Iterable

from registration.domain.attendance import Attendee, Fact, Word
from shared.mongo import Document, MongoDatabase, Tx, save


class Attendees:
    """Attendees and facts.

    Both are found by their ids, an attendee's made of the address: no further index, which each write would pay for. Only
    whoever met a person is found by another way, of the encounters.
    """

    def __init__(self, db: MongoDatabase) -> None:
        self._attendees = db["attendees"]
        self._attendance = db["attendance"]
        self._encounters = db["encounters"]

    async def ensure_indexes(self) -> None:
        await self._encounters.create_index("met")

    # Facts

    async def facts(self, ids: Collection[str], tx: Tx) -> dict[str, Fact]:
        """Those of the facts that are known."""
        if not ids:
            return {}
        found = self._attendance.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _fact(document) async for document in found}

    async def save_facts(self, new: Collection[Fact], changed: Iterable[Fact], tx: Tx) -> None:
        await save(self._attendance, map(_fact_document, new), map(_fact_document, changed), tx)
        if met := [
            {"_id": fact.id, "met": fact.subject, "attendee_id": fact.attendee_id} for fact in new if fact.kind == "person_met"
        ]:
            await self._encounters.insert_many(met, ordered=False, session=tx.session)

    async def encounters(self, met: Collection[str], tx: Tx) -> dict[str, str]:
        """The facts, standing or not, that somebody met one of these persons: the fact's id and its attendee's."""
        found = self._encounters.find({"met": {"$in": list(met)}}, session=tx.session)
        return {document["_id"]: document["attendee_id"] async for document in found}

    async def erase_facts(self, ids: Collection[str], tx: Tx) -> None:
        some = {"_id": {"$in": list(ids)}}
        await self._attendance.delete_many(some, session=tx.session)
        await self._encounters.delete_many(some, session=tx.session)

    # Attendees

    async def some(self, ids: Collection[str], tx: Tx) -> dict[str, Attendee]:
        """Those of the attendees that are known."""
        found = self._attendees.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _attendee(document) async for document in found}

    async def save(self, new: Iterable[Attendee], changed: Iterable[Attendee], tx: Tx) -> None:
        await save(self._attendees, map(_attendee_document, new), map(_attendee_document, changed), tx)

    async def erase(self, ids: Collection[str], tx: Tx) -> None:
        await self._attendees.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)

    # How many

    async def count(self) -> int:
        return await self._attendees.count_documents({})

    async def count_facts(self) -> tuple[int, int]:
        """How many facts there are, and how many of them are reverted."""
        return (
            await self._attendance.count_documents({"kind": {"$ne": "unknown"}}),
            await self._attendance.count_documents({"reverted": True}),
        )


def _fact_document(fact: Fact) -> Document:
    return {
        "_id": fact.id,
        "kind": fact.kind,
        "at": fact.at,
        "attendee_id": fact.attendee_id,
        "conference_id": fact.conference_id,
        "subject": fact.subject,
        "told": fact.told,
        "reverted": fact.reverted,
    }


def _fact(document: Document) -> Fact:
    return Fact(id=document.pop("_id"), **document)


def _attendee_document(attendee: Attendee) -> Document:
    return {
        "_id": attendee.id,
        "email": attendee.email,
        "words": {name: list(word) for name, word in attendee.words.items()},
        "given": {purpose: list(word) for purpose, word in attendee.given.items()},
        # Ids may hold dots, which a field name may not: a list of [kind, conference, subject, fact ids].
        "attendance": [[*key, fact_ids] for key, fact_ids in attendee.attendance.items()],
        "reverted": attendee.reverted,
        "also": attendee.also,
        "contact_version": attendee.contact_version,
        "profile_version": attendee.profile_version,
        "regrouped": attendee.regrouped,
    }


def _attendee(document: Document) -> Attendee:
    attendance = {(kind, conference, subject): fact_ids for kind, conference, subject, fact_ids in document.pop("attendance")}
    words = {name: Word(*word) for name, word in document.pop("words").items()}
    given = {purpose: Word(*word) for purpose, word in document.pop("given").items()}
    return Attendee(id=document.pop("_id"), attendance=attendance, words=words, given=given, **document)
