"""Invitations in MongoDB: one document for each attendee and listing."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from matching.invitations.domain import Invitation
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx


class InvitationsRepository:
    """Stores invitations."""

    def __init__(self, db: MongoDatabase) -> None:
        self._invitations = db["invitations"]

    async def ensure_indexes(self) -> None:
        await self._invitations.create_index([("listing_id", 1), ("attendee_id", 1)], unique=True)
        await self._invitations.create_index([("attendee_id", 1), ("invited_at", -1)])
        await self._invitations.create_index("invited_at")

    async def to_listing(self, listing_id: str, attendee_ids: Collection[str], tx: Tx) -> dict[str, Invitation]:
        """The invitations of these attendees to the listing, by attendee."""
        its = {"listing_id": listing_id, "attendee_id": {"$in": list(attendee_ids)}}
        return {one.attendee_id: one for one in await self._find(its, tx)}

    async def count_since(self, listing_id: str, since: datetime, tx: Tx) -> int:
        """How many were invited to the listing since then."""
        its = {"listing_id": listing_id, "invited_at": {"$gt": since}}
        return await self._invitations.count_documents(its, session=tx.session)

    async def of(self, attendee_ids: Collection[str], tx: Tx, since: datetime | None = None) -> list[Invitation]:
        """These attendees' invitations, those since then if it is given; the newest one first."""
        theirs: Document = {"attendee_id": {"$in": list(attendee_ids)}}
        return await self._find(theirs | ({"invited_at": {"$gt": since}} if since else {}), tx)

    async def add(self, invitation: Invitation, tx: Tx) -> None:
        document = asdict(invitation)
        await self._invitations.insert_one(document | {"_id": document.pop("id")}, session=tx.session)

    async def old(self, before: datetime, limit: int, tx: Tx) -> list[str]:
        """The ids of invitations from before then."""
        found = self._invitations.find({"invited_at": {"$lte": before}}, {"_id": 1}, limit=limit, session=tx.session)
        return [document["_id"] async for document in found]

    async def delete(self, ids: Collection[str], tx: Tx) -> None:
        await self._invitations.delete_many({"_id": {"$in": list(ids)}}, session=tx.session)

    async def _find(self, which: Document, tx: Tx) -> list[Invitation]:
        found = self._invitations.find(which, sort=[("invited_at", -1), ("_id", 1)], session=tx.session)
        return [from_document(Invitation, document, id=document["_id"]) async for document in found]
