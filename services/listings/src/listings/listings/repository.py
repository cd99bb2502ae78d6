"""MongoDB: listings."""

from collections.abc import Collection, Iterable
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo import ReplaceOne

from listings.listings.domain.details import ListingDetails
from listings.listings.domain.listing import Listing, Promised, Status
from shared.contract.events.listings import ListingPublished, ListingWithdrawn
from shared.database.mongo import Document, MongoDatabase, Tx
from shared.database.versions import Versions
from shared.free_text import STORED


class ListingsRepository:
    """Listings. A page holds the first ``limit`` ids after ``after``, in order."""

    def __init__(self, db: MongoDatabase) -> None:
        self._listings = db["listings"]
        self.versions = Versions(self._listings, which={"published": {"$ne": None}})
        self._db = db

    async def ensure_indexes(self) -> None:
        await self._listings.create_index([("organization_id", 1), ("status", 1)])
        await self._listings.create_index([("status", 1), ("closes_at", 1)])
        await self._listings.create_index("credited_to")
        await self._listings.create_index("author_only_until")

    @staticmethod
    def of(documents: Iterable[Document]) -> list[Listing]:
        """The listings that these documents hold."""
        return [_listing(document) for document in documents]

    async def listing(self, id: str, session: AsyncIOMotorClientSession | None = None) -> Listing | None:
        document = await self._listings.find_one({"_id": id}, session=session)
        return _listing(document) if document else None

    async def listings(
        self, after: str, limit: int, status: Status | None, organization_id: str | None, hosts: Collection[str] | None = None
    ) -> list[Listing]:
        """A page of the listings with this status, of this organization; None stands for any. ``hosts``: none but theirs."""
        page: Document = {"_id": {"$gt": after}}
        if status:
            page["status"] = status
        organization: Document = {}
        if organization_id is not None:
            organization["$eq"] = organization_id
        if hosts is not None:
            organization["$in"] = list(hosts)
        if organization:
            page["organization_id"] = organization
        return [_listing(document) async for document in self._listings.find(page, sort=[("_id", 1)], limit=limit)]

    async def open_listings(self, organization_id: str, tx: Tx) -> list[Listing]:
        found = self._listings.find({"organization_id": organization_id, "status": "published"}, session=tx.session)
        return [_listing(document) async for document in found]

    async def due_listings(self, now: datetime, limit: int, tx: Tx) -> list[Listing]:
        """Published listings whose deadline has passed, the longest overdue first."""
        due = {"status": "published", "closes_at": {"$lte": now}}
        found = self._listings.find(due, sort=[("closes_at", 1)], limit=limit, session=tx.session)
        return [_listing(document) async for document in found]

    async def due_for_all(self, now: datetime, limit: int, tx: Tx) -> list[Listing]:
        """Listings whose authors' exclusive time is over, the longest overdue first."""
        due = {"author_only_until": {"$lte": now}}
        found = self._listings.find(due, sort=[("author_only_until", 1)], limit=limit, session=tx.session)
        return [_listing(document) async for document in found]

    async def save_listings(self, listings: Collection[Listing], tx: Tx) -> None:
        writes = [ReplaceOne({"_id": listing.id}, _listing_document(listing), upsert=True) for listing in listings]
        if writes:
            await self._listings.bulk_write(writes, ordered=False, session=tx.session)

    async def listings_by_id(self, ids: Collection[str], tx: Tx) -> dict[str, Listing]:
        """The listings that exist, by id."""
        found = self._listings.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _listing(document) async for document in found}

    async def credited_to(self, attendee_ids: Collection[str], tx: Tx) -> list[Listing]:
        """Listings that were ideas of these attendees."""
        found = self._listings.find({"credited_to": {"$in": list(attendee_ids)}}, session=tx.session)
        return [_listing(document) async for document in found]

    async def rewrite_older(self, limit: int, tx: Tx) -> int:
        """Rewrite up to ``limit`` listings stored by an earlier release. Returns how many."""
        found = self._listings.find({"closes_at": {"$exists": False}}, limit=limit, session=tx.session)
        older = [_listing(document) async for document in found]
        await self.save_listings(older, tx)
        return len(older)

    async def drop_placements(self) -> None:
        """Delete the placements that release 0.1.0 stored."""
        await self._db.drop_collection("placements")

    async def statistics(self) -> dict[str, int]:
        async def count(status: Status) -> int:
            return await self._listings.count_documents({"status": status})

        return {
            "listings": await self._listings.count_documents({}),
            "drafts": await count("draft"),
            "published": await count("published"),
            "filled": await count("filled"),
            "closed": await count("closed"),
            "expired": await count("expired"),
        }


def _listing_document(listing: Listing) -> Document:
    return {
        "_id": listing.id,
        # As JSON, as BSON knows no days.
        **listing.details.model_dump(mode="json"),
        "closes_at": listing.details.closes_at,
        "status": listing.status,
        "version": listing.version,
        "placed": listing.promised.placed,
        "offered": listing.promised.offered,
        "moved": listing.promised.moved,
        "seats_version": listing.promised.version,
        "credited_to": listing.credited_to,
        "author_first": listing.author_first,
        "author_only_until": listing.author_only_until,
        "opened_at": listing.opened_at,
        "published": listing.published.model_dump(mode="json") if listing.published else None,
    }


def _event(document: Document) -> ListingPublished | ListingWithdrawn:
    return (ListingWithdrawn if "reason" in document else ListingPublished).model_validate(document)


def _promised(document: Document) -> Promised:
    if "placements" in document:  # Release 0.1.0 stored who has a seat, not how many.
        return Promised(placed=len(document["placements"]), moved=document["moved"])
    return Promised(document.get("seats_version", 0), document["placed"], document.get("offered", 0), document["moved"])


def _listing(document: Document) -> Listing:
    published = document["published"]
    # What an older document lacks was not said then.
    details = {name: document[name] for name in ListingDetails.model_fields if name in document}
    return Listing(
        id=document["_id"],
        details=ListingDetails.model_validate(details, context=STORED),
        status=document["status"],
        version=document["version"],
        promised=_promised(document),
        credited_to=document.get("credited_to"),
        author_first=document.get("author_first", False),
        author_only_until=document.get("author_only_until"),
        opened_at=document.get("opened_at"),
        published=_event(published) if published else None,
    )
