"""API keys, in MongoDB."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from motor.motor_asyncio import AsyncIOMotorClientSession

from registration.keys.domain import Key
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx
from shared.database.versions import Versions
from shared.web.access.keys import ApiKey
from shared.web.access.scopes import SCOPES, known

_PUBLISHED: Final[Document] = {"scopes": {"$ne": "me"}}
"""The keys that other services get a copy of: all but personal ones."""


class Keys:
    """API keys, by id. Only the hash of a secret is stored."""

    def __init__(self, db: MongoDatabase) -> None:
        self._keys = db["keys"]
        self.versions = Versions(self._keys, which=_PUBLISHED)
        self._sources = db["key_sources"]
        self._managers_lock = db["keyring"]

    async def get(self, id: str, session: AsyncIOMotorClientSession | None = None) -> Key | None:
        document = await self._keys.find_one({"_id": id}, session=session)
        return _key(document) if document else None

    async def ensure_indexes(self) -> None:
        await self._keys.create_index([("attendee_id", 1), ("_id", 1)])
        await self._keys.create_index([("conference_id", 1), ("_id", 1)])

    async def page(self, attendee_id: str | None, after: str, limit: int, within: Key | None = None) -> list[Key]:
        """A page of a person's own keys, or of all other keys, sorted by id, beginning after the id ``after``.

        With ``within``, it lists only keys that allow no more than that key.
        """
        wanted: Document = {"attendee_id": attendee_id, "_id": {"$gt": after}} | (_within(within) if within else {})
        return [_key(document) async for document in self._keys.find(wanted).sort("_id", 1).limit(limit)]

    async def of_conference(self, conference_id: str, limit: int) -> list[Key]:
        """The keys that are bound to a conference, by id."""
        return [_key(one) async for one in self._keys.find({"conference_id": conference_id}, sort=[("_id", 1)], limit=limit)]

    async def lock_managers(self, tx: Tx) -> None:
        """Serialise transactions that revoke keys with the scope ``keys``.

        They all write the same document, so a later one conflicts, runs again, and sees what the first has changed.
        """
        await self._managers_lock.update_one({"_id": "managers"}, {"$inc": {"revocations": 1}}, upsert=True, session=tx.session)

    async def has_other_manager(self, key: Key, tx: Tx) -> bool:
        """Whether another valid key can manage the keys that this key can manage."""
        wanted = {
            "_id": {"$ne": key.id},
            "scopes": "keys",
            "conference_id": {"$in": list({None, key.conference_id})},
            "organization_id": {"$in": list({None, key.organization_id})},
            "source": {"$in": list({None, key.source})},
            "revoked_at": None,
            "$or": [{"expires_at": None}, {"expires_at": {"$gt": tx.now}}],
        }
        return await self._keys.find_one(wanted, {"_id": 1}, session=tx.session) is not None

    async def add(self, key: Key, tx: Tx) -> None:
        await self._keys.insert_one(_document(key), session=tx.session)

    async def revoke(self, key: Key, tx: Tx) -> None:
        change = {"revoked_at": key.revoked_at, "version": key.version}
        await self._keys.update_one({"_id": key.id}, {"$set": change}, session=tx.session)

    async def new_versions(self, after: str, limit: int, tx: Tx) -> list[Key]:
        """Give a page of the published keys new versions, sorted by id, beginning after the id ``after``."""
        wanted = _PUBLISHED | {"_id": {"$gt": after}}
        found = self._keys.find(wanted, {"_id": 1}, session=tx.session).sort("_id", 1).limit(limit)
        these = {"_id": {"$in": [document["_id"] async for document in found]}}
        await self._keys.update_many(these, {"$inc": {"version": 1}}, session=tx.session)
        return [_key(document) async for document in self._keys.find(these, session=tx.session).sort("_id", 1)]

    @staticmethod
    def of(documents: Iterable[Document]) -> list[Key]:
        """The keys that these documents hold."""
        return [_key(document) for document in documents]

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Delete these attendees' personal keys."""
        await self._keys.delete_many({"attendee_id": {"$in": list(attendee_ids)}}, session=tx.session)

    async def used(self, key: ApiKey, now: datetime) -> None:
        """Note when the key was used. If several instances note it at once, one of them writes."""
        await self._keys.update_one({"_id": key.id, "last_used_at": key.last_used_at}, {"$set": {"last_used_at": now}})

    async def conference_of(self, source: str, tx: Tx) -> str | None:
        """The conference whose keys publish under this source, if there is one."""
        document = await self._sources.find_one({"_id": source}, session=tx.session)
        return document["conference_id"] if document else None

    async def claim_source(self, source: str, conference_id: str, tx: Tx) -> None:
        """Reserve the source for this conference. If two claim it at once, they conflict, and one runs again."""
        await self._sources.insert_one({"_id": source, "conference_id": conference_id}, session=tx.session)


def _within(key: Key) -> Document:
    """A query for the keys that allow no more than this one; see ``Key.beyond``."""
    wanted: Document = {"scopes": {"$nin": sorted(set(SCOPES) - key.issuable)}}
    if key.conference_id is not None:
        wanted["conference_id"] = key.conference_id
    if key.organization_id is not None:
        wanted["organization_id"] = key.organization_id
    if key.source is not None:
        wanted["source"] = key.source
    return wanted


def _document(key: Key) -> Document:
    return {
        "_id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "conference_id": key.conference_id,
        "organization_id": key.organization_id,
        "source": key.source,
        "attendee_id": key.attendee_id,
        "events_per_minute": key.events_per_minute,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
        "digest": key.digest,
        "version": key.version,
    }


def _key(document: Document) -> Key:
    return from_document(Key, document, id=document["_id"], scopes=known(document["scopes"]))
