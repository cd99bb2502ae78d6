"""Merges and erasures of persons, by their ids. Most ids have neither, and no document."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from registration.attendees.domain.people import Identity, Merge
from shared.database.documents import from_document
from shared.database.mongo import TRANSACTION_SECONDS, Document, MongoDatabase, Tx, save

REPEATED_AFTER: Final = timedelta(seconds=TRANSACTION_SECONDS + 5)
"""After this time, every transaction that could not see a change of an identity has ended."""


class Identities:
    """Identities by their ids."""

    def __init__(self, db: MongoDatabase) -> None:
        self._identities = db["identities"]

    async def ensure_indexes(self) -> None:
        await self._identities.create_index([("due_at", 1)])

    async def get_many(self, ids: Collection[str], tx: Tx) -> dict[str, Identity]:
        """The merges and erasures of these ids; most have none."""
        if not ids:
            return {}
        found = self._identities.find({"_id": {"$in": list(ids)}}, session=tx.session)
        return {document["_id"]: _identity(document) for document in await found.to_list(None)}

    async def save(self, identities: Iterable[Identity], tx: Tx) -> None:
        """Store these identities. Changes are propagated to everybody who met them, now and again after ``REPEATED_AFTER``,
        because an encounter may be recorded meanwhile."""
        all = {identity.id: _document(identity, tx.now) for identity in identities}
        found = self._identities.find({"_id": {"$in": list(all)}}, {"_id": 1}, session=tx.session)
        known = {document["_id"] async for document in found}
        await save(
            self._identities,
            [document for id, document in all.items() if id not in known],
            [document for id, document in all.items() if id in known],
            tx,
        )

    async def due(self, tx: Tx) -> tuple[Identity, str] | None:
        """The change that has waited longest to be propagated to those who met the person, and the last fact processed."""
        document = await self._identities.find_one({"due_at": {"$lte": tx.now}}, sort=[("due_at", 1)], session=tx.session)
        return (_identity(document), document["propagated_up_to"]) if document else None

    async def propagated(self, id: str, up_to: str | None, tx: Tx) -> None:
        """Note up to which fact a change has been propagated; None if it is complete."""
        if up_to is not None:
            change: Document = {"propagated_up_to": up_to}
        else:
            document = await self._identities.find_one({"_id": id}, session=tx.session)
            again = document["changed_at"] + REPEATED_AFTER if document and not document["repeated"] else None
            change = {"propagated_up_to": "", "repeated": True, "due_at": again}
        await self._identities.update_one({"_id": id}, {"$set": change}, session=tx.session)


def _document(identity: Identity, now: datetime) -> Document:
    merge = identity.merge
    return {
        "_id": identity.id,
        "group": list(identity.group),
        "merge": {"into": merge.into, "at": merge.at, "by": merge.by} if merge else None,
        "erased_at": identity.erased_at,
        "changed_at": now,
        "due_at": now,
        "propagated_up_to": "",
        "repeated": False,
    }


def _identity(document: Document) -> Identity:
    merge = from_document(Merge, document["merge"]) if document["merge"] else None
    return Identity(document["_id"], tuple(document["group"]), merge, document["erased_at"])
