"""Passkeys and challenges in MongoDB."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from notifications.sign_in.passkeys.domain.records import Challenge, Passkey, Purpose, ticket_digest
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx


class Passkeys:
    """Passkeys by their credential ids. What is stored signs nobody in: the secret half is on the person's device alone."""

    def __init__(self, db: MongoDatabase) -> None:
        self._passkeys = db["passkeys"]

    async def ensure_indexes(self) -> None:
        await self._passkeys.create_index("person_id")
        await self._passkeys.create_index("also")

    async def of(self, person_id: str, tx: Tx | None = None) -> list[Passkey]:
        """A person's passkeys, the oldest first."""
        found = self._passkeys.find({"person_id": person_id}, session=tx and tx.session).sort([("added_at", 1), ("_id", 1)])
        return [_passkey(document) async for document in found]

    async def get(self, id: str, tx: Tx) -> Passkey | None:
        document = await self._passkeys.find_one({"_id": id}, session=tx.session)
        return _passkey(document) if document else None

    async def add(self, passkey: Passkey, tx: Tx) -> None:
        """Add a new passkey. Two with one id cannot be added: the later transaction runs again."""
        document = asdict(passkey)
        await self._passkeys.insert_one({"_id": document.pop("id")} | document, session=tx.session)

    async def record_use(self, id: str, sign_count: int, tx: Tx) -> None:
        """Record that the passkey signed somebody in."""
        change = {"sign_count": sign_count, "used_at": tx.now}
        await self._passkeys.update_one({"_id": id}, {"$set": change}, session=tx.session)

    async def record_doubt(self, id: str, tx: Tx) -> None:
        """Record that there may be two copies of the passkey."""
        await self._passkeys.update_one({"_id": id}, {"$set": {"doubted_at": tx.now}}, session=tx.session)

    async def rename(self, id: str, person_id: str, name: str, tx: Tx) -> bool:
        """Rename a passkey of this person. False if they have no such one."""
        which = {"_id": id, "person_id": person_id}
        result = await self._passkeys.update_one(which, {"$set": {"name": name}}, session=tx.session)
        return result.matched_count == 1

    async def remove(self, id: str, person_id: str, tx: Tx) -> Passkey | None:
        """Remove a passkey of this person. None if they have no such one."""
        document = await self._passkeys.find_one_and_delete({"_id": id, "person_id": person_id}, session=tx.session)
        return _passkey(document) if document else None

    async def remove_all(self, people: Collection[str], tx: Tx) -> None:
        """Remove all passkeys of the people with these ids."""
        which = {"$in": list(people)}
        await self._passkeys.delete_many({"$or": [{"person_id": which}, {"also": which}]}, session=tx.session)


class Challenges:
    """Challenges, by a digest of the cookie of the browser that asked."""

    def __init__(self, db: MongoDatabase) -> None:
        self._challenges = db["passkey_challenges"]

    async def ensure_indexes(self) -> None:
        await self._challenges.create_index("expires_at")

    async def add(self, ticket: str, challenge: Challenge) -> None:
        await self._challenges.insert_one({"_id": ticket_digest(ticket)} | asdict(challenge))

    async def take(self, ticket: str, purpose: Purpose, now: datetime) -> Challenge | None:
        """The challenge of this browser; None if it has none for this purpose, or too old a one.

        It can be taken once, whatever the outcome, so this is not part of a transaction.
        """
        document = await self._challenges.find_one_and_delete({"_id": ticket_digest(ticket), "purpose": purpose})
        if document is None or document["expires_at"] <= now:
            return None
        return from_document(Challenge, document)

    async def sweep(self, now: datetime) -> None:
        """Delete old challenges."""
        await self._challenges.delete_many({"expires_at": {"$lt": now}})


def _passkey(document: Document) -> Passkey:
    return from_document(Passkey, document, id=document["_id"], also=tuple(document["also"]))
