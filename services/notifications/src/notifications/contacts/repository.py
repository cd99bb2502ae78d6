"""Contacts in MongoDB.

After an erasure, what the person refused is kept under their id, which is a keyed hash of their address.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError

from notifications.contacts.domain import AttendeeContact, Contact, Post, Preferences, Recommendations, StaffContact
from shared import tracing
from shared.contract.events.matching import Match
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx, save

log = structlog.get_logger(__name__)


class Contacts:
    """``due_at`` is when a person's next digest is to be written; it is set if the stage is pending."""

    def __init__(self, db: MongoDatabase) -> None:
        self._contacts = db["contacts"]

    async def ensure_indexes(self) -> None:
        await self._contacts.create_index([("stage", 1), ("due_at", 1)])
        await self._contacts.create_index([("recommended", 1), ("_id", 1)])
        await self._contacts.create_index("organization_ids")
        await self._contacts.create_index("attendee.email")
        await self._contacts.create_index("staff.email")
        await self._contacts.create_index("attendee.merged_into")

    async def get_many(self, ids: Collection[str], tx: Tx) -> dict[str, Contact]:
        """The known contacts among these ids."""
        if not ids:
            return {}
        found = self._contacts.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _contact(document) async for document in found}

    async def get(self, id: str) -> Contact | None:
        document = await self._contacts.find_one({"_id": id})
        return _contact(document) if document else None

    async def with_address(self, email: str, tx: Tx) -> list[Contact]:
        """The contacts whose address, in its normal form, is this one; in the order of their ids."""
        which = {"$or": [{"attendee.email": email}, {"staff.email": email}]}
        found = self._contacts.find(which, session=tx.session).sort("_id")
        return [_contact(document) async for document in found]

    async def merged_into(self, ids: Collection[str], most: int, tx: Tx) -> list[str]:
        """The ids of attendees who were merged into one of these, in order."""
        found = self._contacts.find({"attendee.merged_into": {"$in": list(ids)}}, {"_id": 1}, session=tx.session)
        return [document["_id"] async for document in found.sort("_id").limit(most)]

    async def recipients(self, ids: Collection[str]) -> dict[str, Contact]:
        """The known contacts among these ids, without their recommendations: where mails go now, and which ones are wanted."""
        if not ids:
            return {}
        left_out = {"recommendations": 0, "recommended": 0, "mailed": 0}
        found = self._contacts.find({"_id": {"$in": list(ids)}}, left_out)
        return {document["_id"]: _contact(document | {"recommendations": None, "mailed": []}) async for document in found}

    async def due(self, now: datetime, most: int) -> list[str]:
        """The ids of contacts whose digest is due, the longest due first."""
        found = self._contacts.find({"stage": "pending", "due_at": {"$lte": now}}, {"_id": 1}).sort("due_at").limit(most)
        return [document["_id"] async for document in found]

    async def longest_due(self, now: datetime) -> datetime | None:
        """When the longest-waiting digest became due; None if none is due."""
        which = {"stage": "pending", "due_at": {"$lte": now}}
        found = await self._contacts.find_one(which, {"due_at": 1}, sort=[("due_at", 1)])
        return found["due_at"] if found else None

    async def link(self, ids: Collection[str], tx: Tx) -> None:
        """Link the current span to those that last saved these contacts."""
        if tracing.active():
            found = self._contacts.find({"_id": {"$in": list(ids)}}, {tracing.TRACEPARENT: 1}, session=tx.session)
            tracing.link([document.get(tracing.TRACEPARENT, "") async for document in found])

    async def recommended(self, listing_ids: Collection[str], after: str, most: int, tx: Tx) -> list[str]:
        """The ids greater than ``after``, in order, of attendees to whom one of these listings is recommended."""
        which = {"recommended": {"$in": list(listing_ids)}, "_id": {"$gt": after}}
        found = self._contacts.find(which, {"_id": 1}, session=tx.session).sort("_id").limit(most)
        return [document["_id"] async for document in found]

    async def staff_of_many(self, organization_ids: Collection[str], tx: Tx) -> dict[str, list[tuple[str, Post]]]:
        """The staff of each of these organizations, with their roles there."""
        staff: dict[str, list[tuple[str, Post]]] = {id: [] for id in organization_ids}
        if not staff:
            return staff
        found = self._contacts.find({"organization_ids": {"$in": list(organization_ids)}}, {"staff.posts": 1}, session=tx.session)
        async for document in found:
            for post in document["staff"]["posts"]:
                if post["organization_id"] in staff:
                    staff[post["organization_id"]].append((document["_id"], from_document(Post, post)))
        return staff

    async def save(self, new: Iterable[Contact], changed: Iterable[Contact], tx: Tx) -> None:
        await save(self._contacts, map(contact_document, new), map(contact_document, changed), tx)

    async def erase(self, ids: Collection[str], tx: Tx) -> None:
        if ids:
            await self._contacts.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)

    async def count_due(self, now: datetime) -> int:
        """How many contacts there are whose digest is to be written by now."""
        return await self._contacts.count_documents({"stage": "pending", "due_at": {"$lte": now}})

    async def statistics(self, now: datetime) -> dict[str, int]:
        """How many contacts there are of each kind; ``due``: whose digest is to be written by now."""
        # One scan of all contacts: an index for these counts would make every change of a contact slower.
        pending = {"$eq": ["$stage", "pending"]}
        having: Document = {
            "contacts": "$attendee",
            "hosts": "$staff",
            "unsubscribed": "$unsubscribed",
            "waiting_for_consent": {"$eq": ["$stage", "waiting"]},
            "pending": pending,
            "due": {"$and": [pending, {"$lte": ["$due_at", now]}]},
        }
        sums = {name: {"$sum": {"$cond": [which, 1, 0]}} for name, which in having.items()}
        [counts] = await self._contacts.aggregate([{"$group": {"_id": None} | sums}]).to_list(1) or [dict.fromkeys(having, 0)]
        return {name: counts[name] for name in having}


def contact_document(contact: Contact) -> Document:
    """The document of a contact."""
    attendee, staff, newest = contact.attendee, contact.staff, contact.recommendations
    return {
        "_id": contact.id,
        "attendee": asdict(attendee) if attendee else None,
        "staff": asdict(staff) | {"posts": [asdict(post) for post in staff.posts]} if staff else None,
        "organization_ids": sorted({post.organization_id for post in staff.posts}) if staff else [],
        "preferences": asdict(contact.preferences) | {"off": sorted(contact.preferences.off)},
        "unsubscribed": contact.unsubscribed,
        "unsubscribed_at": contact.unsubscribed_at,
        "welcomed": contact.welcomed,
        "recommendations": {
            "version": newest.version,
            "matches": [match.model_dump() for match in newest.matches],
            "correlation_id": newest.correlation_id,
        }
        if newest
        else None,
        "recommended": [match.listing_id for match in newest.matches] if newest else [],
        "digest_at": contact.digest_at,
        "mailed": contact.mailed,
        "stage": contact.stage,
        "due_at": contact.due_at,
        **tracing.kept(),
    }


def _contact(document: Document) -> Contact:
    return Contact(
        id=document["_id"],
        attendee=from_document(AttendeeContact, document["attendee"]) if document["attendee"] else None,
        staff=_staff(document["staff"]) if document["staff"] else None,
        preferences=from_document(Preferences, document["preferences"], off=frozenset(document["preferences"]["off"])),
        unsubscribed_at=document.get("unsubscribed_at"),
        welcomed=document["welcomed"],
        recommendations=_recommendations(document["_id"], document["recommendations"]),
        digest_at=document["digest_at"],
        mailed=document["mailed"],
    )


def _staff(document: dict[str, Any]) -> StaffContact:
    return from_document(StaffContact, document, posts=tuple(from_document(Post, post) for post in document["posts"]))


def _recommendations(id: str, document: Document | None) -> Recommendations | None:
    if document is None:
        return None
    try:
        matches = [Match.model_validate(match) for match in document["matches"]]
    except ValidationError as error:
        # Stored under an older contract. One unreadable list must not stop the others that are read with it.
        matches = []
        log.warning("recommendations_unreadable", person_id=id, faults=error.error_count())
    return Recommendations(document["version"], matches, document["correlation_id"])
