"""Requests that their sender may repeat, by idempotency key: hashes, and a letter for the answer about each event."""

from datetime import datetime

from shared.database.mongo import Document, MongoDatabase, Tx


class Requests:
    """The hash of each request's content, by the hash of who sent it under which idempotency key."""

    def __init__(self, db: MongoDatabase) -> None:
        self._requests = db["requests"]

    async def ensure_indexes(self) -> None:
        await self._requests.create_index("until", expireAfterSeconds=0)

    async def get(self, id: bytes, tx: Tx) -> tuple[bytes, str] | None:
        """The hash of the content sent under this key before, and how it was answered; None where there was none, or it is
        forgotten."""
        document = await self._requests.find_one({"_id": id}, session=tx.session)
        # MongoDB deletes what has expired, but only some time after.
        return (bytes(document["content"]), document["answer"]) if document and document["until"] > tx.now else None

    async def remember(self, id: bytes, content: bytes, answer: str, until: datetime, tx: Tx) -> None:
        document: Document = {"_id": id, "content": content, "answer": answer, "until": until}
        await self._requests.replace_one({"_id": id}, document, upsert=True, session=tx.session)
