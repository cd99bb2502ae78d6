"""MongoDB: documents to domain types and back. Every query of the service is here."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo import DeleteOne, ReplaceOne

from listings.domain import Listing, Mentor, Organization, Status
from listings.offers import Offer
from listings.placements import Placement
from listings.staff import Staff
from shared.contract.events.listings import ListingPublished, StaffChanged
from shared.database.mongo import Document, MongoDatabase, Tx
from shared.urls import kept_address


class Repository:
    """Organizations, their mentors and listings. A page holds the first ``limit`` ids after ``after``, in order."""

    def __init__(self, db: MongoDatabase) -> None:
        self._organizations = db["organizations"]
        self._mentors = db["mentors"]
        self._staff = db["staff"]
        self._listings = db["listings"]
        self._placements = db["placements"]

    async def ensure_indexes(self) -> None:
        await self._mentors.create_index([("organization_id", 1), ("id", 1)], unique=True)
        await self._mentors.create_index("person_id")
        await self._listings.create_index([("organization_id", 1), ("status", 1)])
        await self._listings.create_index([("status", 1), ("deadline", 1)])

    # Organizations

    async def organization(self, id: str, session: AsyncIOMotorClientSession | None = None) -> Organization | None:
        document = await self._organizations.find_one({"_id": id}, session=session)
        return _organization(document) if document else None

    async def hold_organization(self, id: str, tx: Tx) -> Organization | None:
        """The organization, which no other transaction can hold or change before this one ends.

        Without it, of a listing that opens and an organization that changes at once, neither would see the other.
        """
        document = await self._organizations.find_one_and_update({"_id": id}, {"$inc": {"held": 1}}, session=tx.session)
        return _organization(document) if document else None

    async def organizations(self, after: str, limit: int) -> list[Organization]:
        found = self._organizations.find({"_id": {"$gt": after}}, sort=[("_id", 1)], limit=limit)
        return [_organization(document) async for document in found]

    async def save_organization(self, organization: Organization, tx: Tx) -> None:
        fields = {
            "version": organization.version,
            "name": organization.name,
            "url": organization.url,
            "conference_ids": organization.conference_ids,
            "approved": organization.approved,
        }
        await self._organizations.update_one({"_id": organization.id}, {"$set": fields}, upsert=True, session=tx.session)

    # Mentors

    async def mentor(self, organization_id: str, id: str, session: AsyncIOMotorClientSession | None = None) -> Mentor | None:
        document = await self._mentors.find_one({"_id": _mentor_key(organization_id, id)}, session=session)
        return _mentor(document) if document else None

    async def mentors_of(self, listings: Iterable[Listing], tx: Tx) -> dict[str, list[Mentor]]:
        """For each of the listings, by its id, those of its mentors that are known, in its order."""
        keys = {one.id: [_mentor_key(one.offer.organization_id, id) for id in one.offer.mentor_ids] for one in listings}
        wanted = list({key for some in keys.values() for key in some})
        found = self._mentors.find({"_id": {"$in": wanted}}, session=tx.session)
        mentors = {document["_id"]: _mentor(document) async for document in found} if wanted else {}
        return {id: [mentors[key] for key in some if key in mentors] for id, some in keys.items()}

    async def mentors(self, organization_id: str, after: str, limit: int) -> list[Mentor]:
        page = {"organization_id": organization_id, "id": {"$gt": after}}
        return [_mentor(document) async for document in self._mentors.find(page, sort=[("id", 1)], limit=limit)]

    async def save_mentor(self, mentor: Mentor, tx: Tx) -> None:
        key = _mentor_key(mentor.organization_id, mentor.id)
        await self._mentors.replace_one({"_id": key}, {"_id": key, **asdict(mentor)}, upsert=True, session=tx.session)

    async def delete_mentor(self, mentor: Mentor, tx: Tx) -> None:
        await self._mentors.delete_one({"_id": _mentor_key(mentor.organization_id, mentor.id)}, session=tx.session)

    async def mentors_of_person(self, person_id: str, tx: Tx) -> list[Mentor]:
        """All with the person's address, of whatever organization."""
        return [_mentor(document) async for document in self._mentors.find({"person_id": person_id}, session=tx.session)]

    async def untold_mentors(self, limit: int, tx: Tx) -> list[Mentor]:
        """Some of those whom a version kept that told nobody of them."""
        found = self._mentors.find({"changed_at": {"$exists": False}}, limit=limit, session=tx.session)
        return [_mentor(document) async for document in found]

    async def hold_staff(self, person_id: str, tx: Tx) -> Staff:
        """The person, whom no other transaction can hold before this one ends.

        Without it, of two organizations that change the mentor they share at once, neither would see the other.
        """
        document = await self._staff.find_one_and_update(
            {"_id": person_id}, {"$inc": {"held": 1}}, upsert=True, return_document=True, session=tx.session
        )
        told = document.get("told")
        return Staff(person_id, document.get("version", 0), StaffChanged.model_validate(told) if told else None)

    async def save_staff(self, staff: Staff, tx: Tx) -> None:
        fields = {"version": staff.version, "told": staff.told.model_dump(mode="json") if staff.told else None}
        await self._staff.update_one({"_id": staff.person_id}, {"$set": fields}, session=tx.session)

    # Listings

    async def listing(self, id: str, session: AsyncIOMotorClientSession | None = None) -> Listing | None:
        document = await self._listings.find_one({"_id": id}, session=session)
        return _listing(document) if document else None

    async def listings(self, after: str, limit: int, status: Status | None, organization_id: str | None) -> list[Listing]:
        page: Document = {"_id": {"$gt": after}}
        if status:
            page["status"] = status
        if organization_id:
            page["organization_id"] = organization_id
        return [_listing(document) async for document in self._listings.find(page, sort=[("_id", 1)], limit=limit)]

    async def open_listings(self, organization_id: str, tx: Tx) -> list[Listing]:
        found = self._listings.find({"organization_id": organization_id, "status": "published"}, session=tx.session)
        return [_listing(document) async for document in found]

    async def due_listings(self, now: datetime, limit: int, tx: Tx) -> list[Listing]:
        """Published ones whose deadline has passed, the longest overdue first."""
        due = {"status": "published", "deadline": {"$lte": now}}
        found = self._listings.find(due, sort=[("deadline", 1)], limit=limit, session=tx.session)
        return [_listing(document) async for document in found]

    async def save_listings(self, listings: Collection[Listing], tx: Tx) -> None:
        writes = [ReplaceOne({"_id": one.id}, _listing_document(one), upsert=True) for one in listings]
        if writes:
            await self._listings.bulk_write(writes, ordered=False, session=tx.session)

    async def listings_by_id(self, ids: Collection[str], tx: Tx) -> dict[str, Listing]:
        """Those of the listings that there are."""
        found = self._listings.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _listing(document) async for document in found}

    # Placements that matching made

    async def placements(self, ids: Collection[str], tx: Tx) -> dict[str, Placement]:
        """Those of the placements that were applied."""
        found = self._placements.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: Placement(document.pop("_id"), **document) async for document in found}

    async def save_placements(self, placements: Collection[Placement], forgotten: Collection[str], tx: Tx) -> None:
        """Keep these, and forget the others."""
        writes: list[ReplaceOne[Document] | DeleteOne] = [
            ReplaceOne({"_id": one.id}, {name: value for name, value in asdict(one).items() if name != "id"}, upsert=True)
            for one in placements
        ]
        writes += [DeleteOne({"_id": id}) for id in forgotten]
        if writes:
            await self._placements.bulk_write(writes, ordered=False, session=tx.session)

    async def statistics(self) -> dict[str, int]:
        async def count(status: Status) -> int:
            return await self._listings.count_documents({"status": status})

        return {
            "organizations": await self._organizations.count_documents({}),
            "mentors": await self._mentors.count_documents({}),
            "listings": await self._listings.count_documents({}),
            "drafts": await count("draft"),
            "published": await count("published"),
            "filled": await count("filled"),
            "closed": await count("closed"),
            "expired": await count("expired"),
        }


def _organization(document: Document) -> Organization:
    document.pop("held", None)
    return Organization(id=document.pop("_id"), **document | {"url": kept_address(document["url"])})


def _mentor_key(organization_id: str, id: str) -> str:
    return f"{organization_id}/{id}"  # no id contains a slash


def _mentor(document: Document) -> Mentor:
    return Mentor(**{name: value for name, value in document.items() if name != "_id"})


def _listing_document(listing: Listing) -> Document:
    return {
        "_id": listing.id,
        # As JSON, as BSON knows no days; the deadline as a time, to be searched by.
        **listing.offer.model_dump(mode="json"),
        "deadline": listing.offer.deadline,
        "status": listing.status,
        "placements": list(listing.placements),
        "version": listing.version,
        "moved": listing.moved,
        "told": listing.told.model_dump(mode="json") if listing.told else None,
    }


def _listing(document: Document) -> Listing:
    told = document["told"]
    # What an older document lacks was not said then.
    offer = {name: document[name] for name in Offer.model_fields if name in document}
    for kept in (offer, told):
        if kept and kept.get("url"):
            kept["url"] = kept_address(kept["url"])
    return Listing(
        id=document["_id"],
        offer=Offer.model_validate(offer),
        status=document["status"],
        placements=tuple(document["placements"]),
        version=document["version"],
        moved=document.get("moved", 0),  # none did, while older versions wrote it
        told=ListingPublished.model_validate(told) if told else None,
    )
