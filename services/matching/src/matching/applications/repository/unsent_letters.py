"""Letters as attendees previewed them, in MongoDB, until they are sent: going back and reloading show them as they were.

Each preview has its own document, so that two tabs do not overwrite each other. What was typed is in no address.
"""

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final

from shared import clock
from shared.database.mongo import Document, MongoDatabase, Tx

KEPT_FOR: Final = timedelta(days=1)
MOST: Final = 20
"""How many of an attendee are kept: the newest."""


class UnsentLetters:
    """Stores unsent letters: the fields of the form, as they were typed."""

    def __init__(self, db: MongoDatabase) -> None:
        self._letters = db["unsent_letters"]

    async def ensure_indexes(self) -> None:
        await self._letters.create_index("until", expireAfterSeconds=0)
        await self._letters.create_index([("attendee_id", 1), ("until", -1)])

    async def add(self, attendee_id: str, listing_id: str, fields: dict[str, str], tx: Tx) -> str:
        """Keep this letter to a listing's host. Returns its id."""
        id = secrets.token_urlsafe(16)
        letter = {"_id": id, "attendee_id": attendee_id, "listing_id": listing_id, "fields": fields, "until": tx.now + KEPT_FOR}
        await self._letters.insert_one(letter, session=tx.session)
        newest = self._letters.find({"attendee_id": attendee_id}, {"_id": 1}, sort=[("until", -1)], skip=MOST, session=tx.session)
        if old := [document["_id"] async for document in newest]:
            await self._letters.delete_many({"_id": {"$in": old}}, session=tx.session)
        return id

    async def find(self, attendee_ids: Collection[str], listing_id: str, id: str = "") -> dict[str, str] | None:
        """The fields of the letter with this id, or else of the person's newest one to the listing's host."""
        which = _of(attendee_ids) | {"listing_id": listing_id, "until": {"$gt": clock.now()}} | ({"_id": id} if id else {})
        document = await self._letters.find_one(which, sort=[("until", -1)])
        return document["fields"] if document else None

    async def of(self, attendee_ids: Collection[str], tx: Tx) -> list[dict[str, Any]]:
        """All of the person with these ids."""
        found = self._letters.find(_of(attendee_ids), {"_id": 0}, sort=[("until", 1)], session=tx.session)
        return [document async for document in found]

    async def forget(self, attendee_ids: Collection[str], tx: Tx, listing_id: str | None = None) -> None:
        """Delete those of the person with these ids: to this listing's host, or (None) all."""
        which = _of(attendee_ids) | ({"listing_id": listing_id} if listing_id else {})
        await self._letters.delete_many(which, session=tx.session)


def _of(attendee_ids: Collection[str]) -> Document:
    return {"attendee_id": {"$in": list(attendee_ids)}}
