"""What is known of persons' ids besides attendance: merges and erasures. Most ids have none of it, and no document."""

from collections.abc import Collection, Iterable
from datetime import datetime

from registration.domain.people import Identity, Merge
from shared.mongo import Document, MongoDatabase, Tx, save


class Identities:
    """Identities by their ids."""

    def __init__(self, db: MongoDatabase) -> None:
        self._identities = db["identities"]

    async def ensure_indexes(self) -> None:
        await self._identities.create_index([("unsettled", 1)])

    async def some(self, ids: Collection[str], tx: Tx) -> dict[str, Identity]:
        """Those of the ids of which something is known."""
        if not ids:
            return {}
        found = self._identities.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _identity(document) async for document in found}

    async def save(self, identities: Iterable[Identity], tx: Tx) -> None:
        """Keep these, and remember that those who met them are to be looked at once more (see ``unsettled``)."""
        all = {identity.id: _document(identity, tx.now) for identity in identities}
        found = self._identities.find({"_id": {"$in": list(all)}}, {"_id": 1}, session=tx.session)
        known = {document["_id"] async for document in found}
        await save(
            self._identities,
            [document for id, document in all.items() if id not in known],
            [document for id, document in all.items() if id in known],
            tx,
        )

    async def unsettled(self, before: datetime, most: int) -> list[str]:
        """Ids that were last changed before then, and were not settled since."""
        found = self._identities.find({"unsettled": True, "changed_at": {"$lt": before}}, {"_id": 1}).limit(most)
        return [document["_id"] async for document in found]

    async def settle(self, ids: Collection[str], tx: Tx) -> None:
        await self._identities.update_many({"_id": {"$in": list(ids)}}, {"$set": {"unsettled": False}}, session=tx.session)


def _document(identity: Identity, now: datetime) -> Document:
    merge = identity.merge
    return {
        "_id": identity.id,
        "group": list(identity.group),
        "merge": {"into": merge.into, "at": merge.at, "by": merge.by} if merge else None,
        "erased_at": identity.erased_at,
        "changed_at": now,
        "unsettled": True,
    }


def _identity(document: Document) -> Identity:
    merge = document["merge"]
    return Identity(document["_id"], tuple(document["group"]), Merge(**merge) if merge else None, document["erased_at"])
