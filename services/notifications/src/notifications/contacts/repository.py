"""People: contacts, preferences, and what is to be told in their digests.

Of who was erased, what they refused is kept under their id: a keyed hash of the address, as in ``addresses``.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError

from notifications.contacts.domain import Contact, Person, Post, Preferences, Recommendations, Staff
from shared.contract.events.matching import Match
from shared.database.mongo import Document, MongoDatabase, Tx, save

log = structlog.get_logger(__name__)


class People:
    """``due_at`` says when a person's next digest is to be written, where its stage is pending."""

    def __init__(self, db: MongoDatabase) -> None:
        self._people = db["people"]

    async def ensure_indexes(self) -> None:
        await self._people.create_index([("stage", 1), ("due_at", 1)])
        await self._people.create_index([("recommended", 1), ("_id", 1)])
        await self._people.create_index("organization_ids")

    async def people(self, ids: Collection[str], tx: Tx) -> dict[str, Person]:
        """Those of these who are known."""
        if not ids:
            return {}
        found = self._people.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _person(document) async for document in found}

    async def person(self, id: str) -> Person | None:
        document = await self._people.find_one({"_id": id})
        return _person(document) if document else None

    async def recipients(self, ids: Collection[str]) -> dict[str, Person]:
        """Those of these who are known, without what was recommended to them: where their mails go, and which they want, now."""
        if not ids:
            return {}
        left_out = {"recommendations": 0, "recommended": 0, "mailed": 0}
        found = self._people.find({"_id": {"$in": list(ids)}}, left_out)
        return {document["_id"]: _person(document | {"recommendations": None, "mailed": []}) async for document in found}

    async def due(self, now: datetime, most: int) -> list[str]:
        """The ids of those for whom a digest is to be written now, the longest due first."""
        found = self._people.find({"stage": "pending", "due_at": {"$lte": now}}, {"_id": 1}).sort("due_at").limit(most)
        return [document["_id"] async for document in found]

    async def recommended(self, listing_ids: Collection[str], after: str, most: int, tx: Tx) -> list[str]:
        """The ids after this one, in order, of the attendees to whom one of these listings is recommended now."""
        which = {"recommended": {"$in": list(listing_ids)}, "_id": {"$gt": after}}
        found = self._people.find(which, {"_id": 1}, session=tx.session).sort("_id").limit(most)
        return [document["_id"] async for document in found]

    async def hosts(self, organization_id: str, tx: Tx) -> list[tuple[str, Post]]:
        """The people of an organization, with what each is there."""
        found = self._people.find({"organization_ids": organization_id}, {"staff.posts": 1}, session=tx.session)
        return [
            (document["_id"], Post(**post))
            async for document in found
            for post in document["staff"]["posts"]
            if post["organization_id"] == organization_id
        ]

    async def save(self, new: Iterable[Person], changed: Iterable[Person], tx: Tx) -> None:
        await save(self._people, map(person_document, new), map(person_document, changed), tx)

    async def erase(self, ids: Collection[str], tx: Tx) -> None:
        if ids:
            await self._people.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)

    async def count_pending(self, due_by: datetime | None = None) -> int:
        """Those for whom a digest will be written; with a time, those for whom it is due by then."""
        which: Document = {"stage": "pending"} | ({"due_at": {"$lte": due_by}} if due_by else {})
        return await self._people.count_documents(which)

    async def statistics(self) -> dict[str, int]:
        # In one look at all: an index for these counts would cost something with each change of a person.
        having = {"contacts": "$contact", "hosts": "$staff", "unsubscribed": "$unsubscribed"}
        sums = {name: {"$sum": {"$cond": [field, 1, 0]}} for name, field in having.items()}
        [counts] = await self._people.aggregate([{"$group": {"_id": None} | sums}]).to_list(1) or [dict.fromkeys(having, 0)]
        return {name: counts[name] for name in having} | {
            "pending": await self.count_pending(),
            "waiting_for_consent": await self._people.count_documents({"stage": "waiting"}),
        }


def person_document(person: Person) -> Document:
    """The document that ``People`` keeps of somebody."""
    contact, staff, newest = person.contact, person.staff, person.recommendations
    return {
        "_id": person.id,
        "contact": asdict(contact) if contact else None,
        "staff": asdict(staff) | {"posts": [asdict(post) for post in staff.posts]} if staff else None,
        "organization_ids": sorted({post.organization_id for post in staff.posts}) if staff else [],
        "preferences": asdict(person.preferences) | {"off": sorted(person.preferences.off)},
        "unsubscribed": person.unsubscribed,
        "unsubscribed_at": person.unsubscribed_at,
        "welcomed": person.welcomed,
        "recommendations": {
            "version": newest.version,
            "matches": [match.model_dump() for match in newest.matches],
            "correlation_id": newest.correlation_id,
        }
        if newest
        else None,
        "recommended": [match.listing_id for match in newest.matches] if newest else [],
        "tell_at": person.tell_at,
        "mailed": person.mailed,
        "stage": person.stage,
        "due_at": person.due_at,
    }


def _person(document: Document) -> Person:
    return Person(
        id=document["_id"],
        contact=Contact(**document["contact"]) if document["contact"] else None,
        staff=_staff(document["staff"]) if document["staff"] else None,
        preferences=Preferences(**document["preferences"] | {"off": frozenset(document["preferences"]["off"])}),
        unsubscribed_at=document.get("unsubscribed_at"),
        welcomed=document["welcomed"],
        recommendations=_recommendations(document["_id"], document["recommendations"]),
        tell_at=document["tell_at"],
        mailed=document["mailed"],
    )


def _staff(document: dict[str, Any]) -> Staff:
    return Staff(**document | {"posts": tuple(Post(**post) for post in document["posts"])})


def _recommendations(id: str, document: Document | None) -> Recommendations | None:
    if document is None:
        return None
    try:
        matches = [Match.model_validate(match) for match in document["matches"]]
    except ValidationError as error:
        # Kept under an older contract. One attendee's list must not stop all that are read with it.
        matches = []
        log.warning("recommendations_unreadable", person_id=id, faults=error.error_count())
    return Recommendations(document["version"], matches, document["correlation_id"])
