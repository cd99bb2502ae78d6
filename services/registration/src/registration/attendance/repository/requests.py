"""Requests with an idempotency key, in MongoDB: only hashes, and a letter for the result of each event."""

from datetime import datetime

from shared.database.mongo import Document, MongoDatabase, Tx


class Requests:
    """Requests, by the hash of their sender and idempotency key."""

    def __init__(self, db: MongoDatabase) -> None:
        self._requests = db["requests"]

    async def ensure_indexes(self) -> None:
        await self._requests.create_index("until", expireAfterSeconds=0)

    async def get(self, id: bytes, tx: Tx) -> tuple[bytes, str] | None:
        """The hash of the content sent with this key, and the response. None if the key is unknown or has expired."""
        document = await self._requests.find_one({"_id": id}, session=tx.session)
        # MongoDB deletes expired documents only some time later.
        return (bytes(document["content"]), document["answer"]) if document and document["until"] > tx.now else None

    async def remember(self, id: bytes, content: bytes, answer: str, until: datetime, tx: Tx) -> None:
        document: Document = {"_id": id, "content": content, "answer": answer, "until": until}
        await self._requests.replace_one({"_id": id}, document, upsert=True, session=tx.session)
