"""Attendees: the aggregate of each one's facts."""

from collections.abc import Collection, Iterable

from registration.attendees.domain.attendance import Attendee, Detail, Key
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx, save
from shared.database.versions import Versions


class Attendees:
    """Attendees, by id. Ids are derived from addresses, so no other index is needed, which would slow down each write."""

    def __init__(self, db: MongoDatabase) -> None:
        self._attendees = db["attendees"]
        self.contact_versions = Versions(self._attendees, "contact_version", {"contact_version": {"$gt": 0}})
        self.profile_versions = Versions(self._attendees, "profile_version", {"profile_version": {"$gt": 0}})

    async def get_many(self, ids: Collection[str], tx: Tx) -> dict[str, Attendee]:
        """The given attendees that are known."""
        if not ids:
            return {}
        found = self._attendees.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _attendee(document) for document in await found.to_list(None)}

    async def organized(self, ids: Collection[str]) -> set[str]:
        """The ids of the conferences that any of these attendees organizes."""
        query = {"_id": {"$in": list(ids)}, "organizes": {"$exists": True}}
        found = self._attendees.find(query, {"organizes": 1})
        return {conference_id async for document in found for conference_id, _ in document["organizes"]}

    async def save(self, new: Iterable[Attendee], changed: Iterable[Attendee], tx: Tx) -> None:
        await save(self._attendees, map(_document, new), map(_document, changed), tx)

    async def lock(self, ids: Collection[str], tx: Tx) -> None:
        """Keep other transactions from changing or erasing these attendees until this one ends: one of the two runs again."""
        await self._attendees.update_many({"_id": {"$in": list(ids)}}, {"$inc": {"regrouped": 1}}, session=tx.session)

    async def erase(self, ids: Collection[str], tx: Tx) -> None:
        # Create missing attendees first, so that this conflicts with a concurrent transaction that creates the same attendee
        # and could not see the erasure.
        for id in ids:
            await self._attendees.update_one({"_id": id}, {"$set": {"email": None}}, upsert=True, session=tx.session)
        await self._attendees.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)

    async def count(self) -> int:
        return await self._attendees.count_documents({})


def _document(attendee: Attendee) -> Document:
    return {
        "_id": attendee.id,
        "email": attendee.email,
        "event_details": {name: list(detail) for name, detail in attendee.event_details.items()},
        "own_details": {name: list(detail) for name, detail in attendee.own_details.items()},
        "attendance": _grouped(attendee.attendance),
        "cut": attendee.cut,
        "facts": attendee.facts,
        "met_aliases": attendee.met_aliases,
        "contact_version": attendee.contact_version,
        "profile_version": attendee.profile_version,
        "regrouped": attendee.regrouped,
        # Most have none. Stored as lists, because ids may contain dots, which field names may not.
        **({"organizes": [list(one) for one in attendee.organizes.items()]} if attendee.organizes else {}),
        **({"placements": [list(one) for one in attendee.placements.items()]} if attendee.placements else {}),
    }


def _attendee(document: Document) -> Attendee:
    return from_document(
        Attendee,
        document,
        id=document["_id"],
        attendance={
            (kind, conference, subject): count
            for kind, conference, subjects, counts in document["attendance"]
            for subject, count in zip(subjects, counts, strict=True)
        },
        event_details={name: Detail(*detail) for name, detail in document["event_details"].items()},
        own_details={name: Detail(*detail) for name, detail in document["own_details"].items()},
        organizes=dict(document.get("organizes", ())),
        placements={id: tuple((term, level) for term, level in skills) for id, skills in document.get("placements", ())},
    )


def _grouped(attendance: dict[Key, int]) -> list[tuple[str, str, list[str], list[int]]]:
    """The subjects of each kind and conference, and how many facts support each. Stored as lists, because ids may contain
    dots, which field names may not."""
    groups: dict[tuple[str, str], tuple[list[str], list[int]]] = {}
    for (kind, conference, subject), count in attendance.items():
        group = groups.get((kind, conference))
        if group is None:
            group = groups[kind, conference] = ([], [])
        group[0].append(subject)
        group[1].append(count)
    return [(*key, *group) for key, group in groups.items()]
