"""MongoDB: listings, and the placements that matching made."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo import DeleteOne, ReplaceOne

from listings.listings.domain.details import ListingDetails
from listings.listings.domain.listing import Listing, Status
from listings.listings.domain.placements import Placement
from shared.contract.events.listings import ListingPublished, ListingWithdrawn
from shared.database.mongo import Document, MongoDatabase, Tx


class ListingsRepository:
    """Listings and placements. A page holds the first ``limit`` ids after ``after``, in order."""

    def __init__(self, db: MongoDatabase) -> None:
        self._listings = db["listings"]
        self._placements = db["placements"]

    async def ensure_indexes(self) -> None:
        await self._listings.create_index([("organization_id", 1), ("status", 1)])
        await self._listings.create_index([("status", 1), ("deadline", 1)])

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
        """Published ones whose deadline has passed, the longest overdue first."""
        due = {"status": "published", "deadline": {"$lte": now}}
        found = self._listings.find(due, sort=[("deadline", 1)], limit=limit, session=tx.session)
        return [_listing(document) async for document in found]

    async def save_listings(self, listings: Collection[Listing], tx: Tx) -> None:
        writes = [ReplaceOne({"_id": listing.id}, _listing_document(listing), upsert=True) for listing in listings]
        if writes:
            await self._listings.bulk_write(writes, ordered=False, session=tx.session)

    async def listings_by_id(self, ids: Collection[str], tx: Tx) -> dict[str, Listing]:
        """Those of the listings that there are."""
        found = self._listings.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _listing(document) async for document in found}

    async def placements(self, ids: Collection[str], tx: Tx) -> dict[str, Placement]:
        """Those of the placements that were applied."""
        found = self._placements.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: Placement(document.pop("_id"), **document) async for document in found}

    async def save_placements(self, placements: Collection[Placement], forgotten: Collection[str], tx: Tx) -> None:
        """Keep these, and forget the others."""
        writes: list[ReplaceOne[Document] | DeleteOne] = [
            ReplaceOne(
                {"_id": placement.id}, {name: value for name, value in asdict(placement).items() if name != "id"}, upsert=True
            )
            for placement in placements
        ]
        writes += [DeleteOne({"_id": id}) for id in forgotten]
        if writes:
            await self._placements.bulk_write(writes, ordered=False, session=tx.session)

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
        # As JSON, as BSON knows no days; the deadline as a time, to be searched by.
        **listing.details.model_dump(mode="json"),
        "deadline": listing.details.deadline,
        "status": listing.status,
        "placements": list(listing.placements),
        "version": listing.version,
        "moved": listing.moved,
        "published": listing.published.model_dump(mode="json") if listing.published else None,
    }


def _event(document: Document) -> ListingPublished | ListingWithdrawn:
    return (ListingWithdrawn if "reason" in document else ListingPublished).model_validate(document)


def _listing(document: Document) -> Listing:
    published = document["published"]
    # What an older document lacks was not said then.
    details = {name: document[name] for name in ListingDetails.model_fields if name in document}
    return Listing(
        id=document["_id"],
        details=ListingDetails.model_validate(details),
        status=document["status"],
        placements=tuple(document["placements"]),
        version=document["version"],
        moved=document["moved"],
        published=_event(published) if published else None,
    )
