"""Logos of conferences, in MongoDB."""

from shared.database.mongo import MongoDatabase, Tx


class Logos:
    """The newest logo of each conference, and the one before, which pages may still show for a while."""

    def __init__(self, db: MongoDatabase) -> None:
        self._logos = db["logos"]

    async def ensure_indexes(self) -> None:
        await self._logos.create_index("digest")

    async def get(self, digest: str) -> bytes | None:
        """The PNG with this SHA-256."""
        document = await self._logos.find_one({"digest": digest})
        return bytes(document["content"]) if document else None

    async def save(self, conference_id: str, digest: str, content: bytes, before: str | None, tx: Tx) -> None:
        """Store a conference's logo. ``before``: the digest of its last one."""
        document = {"conference_id": conference_id, "digest": digest, "content": content}
        its = {"_id": f"{conference_id}/{digest}"}
        await self._logos.replace_one(its, document, upsert=True, session=tx.session)
        old = {"conference_id": conference_id, "digest": {"$nin": [digest, before]}}
        await self._logos.delete_many(old, session=tx.session)
