"""API keys."""

from collections.abc import Collection
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorClientSession

from registration.keys.domain import SCOPES, Key
from shared.database.mongo import Document, MongoDatabase, Tx


class Keys:
    """API keys, by their ids. Of a secret there is only its hash."""

    def __init__(self, db: MongoDatabase) -> None:
        self._keys = db["keys"]
        self._sources = db["key_sources"]
        self._managers_lock = db["keyring"]

    async def get(self, id: str, session: AsyncIOMotorClientSession | None = None) -> Key | None:
        document = await self._keys.find_one({"_id": id}, session=session)
        return _key(document) if document else None

    async def ensure_indexes(self) -> None:
        """By the person whose own they are: each may have some."""
        await self._keys.create_index([("attendee_id", 1), ("_id", 1)])

    async def page(self, attendee_id: str | None, after: str, limit: int, within: Key | None = None) -> list[Key]:
        """A person's keys, or all that are nobody's own; only those that may do no more than the key ``within``.

        By their ids, from the one after.
        """
        wanted: Document = {"attendee_id": attendee_id, "_id": {"$gt": after}} | (_within(within) if within else {})
        return [_key(document) async for document in self._keys.find(wanted).sort("_id", 1).limit(limit)]

    async def lock_managers(self, tx: Tx) -> None:
        """Of transactions that revoke keys with the scope ``keys`` at the same time, let one run after the other.

        All write the same document: those that come later conflict, run again, and see what the first has changed.
        """
        await self._managers_lock.update_one({"_id": "managers"}, {"$inc": {"revocations": 1}}, upsert=True, session=tx.session)

    async def has_other_manager(self, key: Key, tx: Tx) -> bool:
        """Whether another valid key can manage the keys that this one can: of its conference and source, or of all."""
        wanted = {
            "_id": {"$ne": key.id},
            "scopes": "keys",
            "conference_id": {"$in": list({None, key.conference_id})},
            "source": {"$in": list({None, key.source})},
            "revoked_at": None,
            "$or": [{"expires_at": None}, {"expires_at": {"$gt": tx.now}}],
        }
        return await self._keys.find_one(wanted, {"_id": 1}, session=tx.session) is not None

    async def add(self, key: Key, tx: Tx) -> None:
        await self._keys.insert_one(_document(key), session=tx.session)

    async def revoke(self, id: str, now: datetime, tx: Tx) -> None:
        await self._keys.update_one({"_id": id}, {"$set": {"revoked_at": now}}, session=tx.session)

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Forget the keys by which these attendees see their own data."""
        await self._keys.delete_many({"attendee_id": {"$in": list(attendee_ids)}}, session=tx.session)

    async def used(self, key: Key, now: datetime) -> None:
        """Note when it was used. Of several that note it at once, one writes."""
        await self._keys.update_one({"_id": key.id, "last_used_at": key.last_used_at}, {"$set": {"last_used_at": now}})

    async def conference_of(self, source: str, tx: Tx) -> str | None:
        """The conference whose keys publish in this source's name, if there is one."""
        document = await self._sources.find_one({"_id": source}, session=tx.session)
        return document["conference_id"] if document else None

    async def claim_source(self, source: str, conference_id: str, tx: Tx) -> None:
        """The source is this conference's from now on. Two that claim it at once conflict, and one begins again."""
        await self._sources.insert_one({"_id": source, "conference_id": conference_id}, session=tx.session)


def _within(key: Key) -> Document:
    """Which keys may do no more than this one, as ``Key.beyond`` has it."""
    wanted: Document = {"scopes": {"$nin": sorted(set(SCOPES) - key.issuable)}}
    if key.conference_id is not None:
        wanted["conference_id"] = key.conference_id
    if key.source is not None:
        wanted["source"] = key.source
    return wanted


def _document(key: Key) -> Document:
    return {
        "_id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "conference_id": key.conference_id,
        "source": key.source,
        "attendee_id": key.attendee_id,
        "events_per_minute": key.events_per_minute,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
        "digest": key.digest,
    }


def _key(document: Document) -> Key:
    return Key(id=document.pop("_id"), scopes=frozenset(document.pop("scopes")), **document)
