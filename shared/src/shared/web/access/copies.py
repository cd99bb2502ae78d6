"""A service's own copies of the API keys, which registration publishes: checked in one read, whichever other service is down."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from shared import clock
from shared.contract.envelope import Event
from shared.contract.events.registration import KeyChanged
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx, save
from shared.database.recent import Recent
from shared.refusals import Conflict
from shared.web.access.keys import ApiKey, digest, generate, text
from shared.web.access.scopes import known, scopes_of

BOOTSTRAP_HOURS: Final = 24.0
"""The longest life of a bootstrap key."""
_BOOTSTRAP: Final = 0
"""The version of bootstrap keys. Registration counts from 1."""


class KeyCopies:
    """Copies of registration's keys, by id, and the bootstrap key of a service that has none of those yet.

    Of an erased key the id stays, so that an older event that comes again does not bring the key back.
    """

    def __init__(self, db: MongoDatabase) -> None:
        self._keys = db["api_keys"]
        self._recent = Recent[ApiKey]()

    async def get(self, id: str, /) -> ApiKey | None:
        """The key with this id. What another instance applied is known within a second."""
        return await self._recent.get(id, lambda: self._get(id))

    async def _get(self, id: str) -> ApiKey | None:
        document = await self._keys.find_one({"_id": id})
        if document is None or document.get("erased"):
            return None
        key = _key(document)
        if key.version == _BOOTSTRAP and await self._has_registrations():
            return replace(key, revoked_at=clock.now())
        return key

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Apply a batch of the topic ``registration.keys``."""
        ids = list({event.key for event in events})
        stored = {document["_id"]: document async for document in self._keys.find({"_id": {"$in": ids}}, session=tx.session)}
        changed: dict[str, Document] = {}
        for event in events:
            before = changed.get(event.key) or stored.get(event.key)
            if before and before.get("erased"):
                continue
            if event.data is None:
                changed[event.key] = {"_id": event.key, "erased": True}
            elif isinstance(event.data, KeyChanged):
                if event.data.key_id != event.key:
                    tx.reject(event, f"key_id: must equal the record's key, {event.key!r}, not {event.data.key_id!r}")
                elif before is None or event.data.version > before["version"]:
                    changed[event.key] = _document(event.data)
        new = [document for id, document in changed.items() if id not in stored]
        await save(self._keys, new, [document for id, document in changed.items() if id in stored], tx)

    async def bootstrap(self, service: str, lifetime: timedelta, tx: Tx) -> tuple[ApiKey, str]:
        """Make a key with all scopes of the service. Returns it and its text, which is not stored.

        It takes the place of an earlier bootstrap key, and ends when the first key arrives from registration.

        Raises:
            Conflict: the service has keys from registration.
        """
        if await self._has_registrations(tx):
            raise Conflict(
                "this service has keys from registration: use one of those, or make one with: python -m registration keys create"
            )
        id, secret = generate()
        key = ApiKey(id=id, scopes=scopes_of(service), expires_at=tx.now + lifetime, digest=digest(secret), version=_BOOTSTRAP)
        await self._keys.delete_many({"version": _BOOTSTRAP}, session=tx.session)
        await self._keys.insert_one(
            {
                "_id": key.id,
                "version": key.version,
                "digest": key.digest,
                "scopes": sorted(key.scopes),
                "conference_id": None,
                "organization_id": None,
                "source": None,
                "expires_at": key.expires_at,
                "revoked_at": None,
            },
            session=tx.session,
        )
        return key, text(id, secret)

    async def _has_registrations(self, tx: Tx | None = None) -> bool:
        """Whether any key came from registration, be it revoked or erased by now."""
        session = tx.session if tx else None
        return await self._keys.find_one({"version": {"$ne": _BOOTSTRAP}}, {"_id": 1}, session=session) is not None


def _document(key: KeyChanged) -> Document:
    return {
        "_id": key.key_id,
        "version": key.version,
        "digest": bytes.fromhex(key.digest),
        "scopes": key.scopes,
        "conference_id": key.conference_id,
        "organization_id": key.organization_id,
        "source": key.source,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }


def _key(document: Document) -> ApiKey:
    return from_document(ApiKey, document, id=document["_id"], scopes=known(document["scopes"]))
