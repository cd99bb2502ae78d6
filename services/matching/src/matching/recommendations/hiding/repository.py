"""Hidden listings in MongoDB: one document for each attendee who has hidden any."""

from collections.abc import Collection
from dataclasses import asdict

from matching.recommendations.hiding.domain import HiddenListing, HiddenListings
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx


class HiddenListingsRepository:
    """Stores which listings attendees have hidden. A transaction that changes them must hold the candidate first."""

    def __init__(self, db: MongoDatabase) -> None:
        self._hidden = db["hidden_listings"]

    async def of(self, attendee_ids: Collection[str], tx: Tx) -> dict[str, HiddenListings]:
        """What each of these attendees has hidden, without attendees who have hidden nothing."""
        found = self._hidden.find({"_id": {"$in": list(attendee_ids)}}, session=tx.session)
        return {document["_id"]: _hidden_listings(document) async for document in found}

    async def save(self, hidden: HiddenListings, tx: Tx) -> None:
        """Store the hidden listings. The document is kept even when it is empty, so that its version continues."""
        document = {"_id": hidden.attendee_id, "version": hidden.version, "listings": [asdict(one) for one in hidden.listings]}
        await self._hidden.replace_one({"_id": hidden.attendee_id}, document, upsert=True, session=tx.session)

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> None:
        await self._hidden.delete_many({"_id": {"$in": list(attendee_ids)}}, session=tx.session)


def _hidden_listings(document: Document) -> HiddenListings:
    listings = tuple(from_document(HiddenListing, one) for one in document["listings"])
    return HiddenListings(document["_id"], document["version"], listings)
