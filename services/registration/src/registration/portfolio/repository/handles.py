"""The handles of portfolios, with the names that their owners chose to show."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from registration.portfolio.domain.handles import skeleton
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx


@dataclass(frozen=True, slots=True)
class Handle:
    """A handle and its owner."""

    text: str
    attendee_id: str
    chosen_at: datetime
    current: bool = True
    """Whether the portfolio is found by it. A person may have earlier handles."""
    name: str | None = None
    """The name that is shown with the portfolio."""
    indexed: bool = False
    """Whether search engines may list the portfolio."""


class Handles:
    """Handles, stored under a keyed hash of their skeleton, so that look-alikes collide.

    Only the hash stays when the person is erased. So nobody else gets the handle, and the database does not reveal whose it was.
    """

    def __init__(self, db: MongoDatabase, key: SecretStr) -> None:
        self._handles = db["handles"]
        self._key = key.get_secret_value().encode()

    async def ensure_indexes(self) -> None:
        await self._handles.create_index("attendee_id")

    async def get(self, text: str, tx: Tx) -> Handle | None:
        """The current handle with exactly this spelling."""
        document = await self._handles.find_one({"_id": self._id(text), "handle": text, "current": True}, session=tx.session)
        return _handle(document) if document else None

    async def holder(self, text: str, tx: Tx) -> str | None:
        """The attendee who owns this handle or a look-alike. None if nobody does; "" if the owner was erased."""
        document = await self._handles.find_one({"_id": self._id(text)}, session=tx.session)
        return str(document.get("attendee_id", "")) if document else None

    async def of(self, attendee_ids: Collection[str], tx: Tx | None = None) -> list[Handle]:
        """All handles of these attendees: current ones first, then the latest."""
        found = self._handles.find({"attendee_id": {"$in": list(attendee_ids)}}, session=tx and tx.session)
        handles = [_handle(document) async for document in found]
        return sorted(handles, key=lambda handle: (handle.current, handle.chosen_at), reverse=True)

    async def save(self, handle: Handle, tx: Tx) -> None:
        id = self._id(handle.text)
        await self._handles.replace_one({"_id": id}, _document(id, handle), upsert=True, session=tx.session)

    async def erase(self, attendee_ids: Collection[str], tx: Tx) -> None:
        """Erase the owners and texts of these attendees' handles."""
        for handle in await self.of(attendee_ids, tx):
            await self._handles.replace_one({"_id": self._id(handle.text)}, {"erased": True}, session=tx.session)

    def _id(self, text: str) -> str:
        return hmac.digest(self._key, b"handle\0" + skeleton(text).encode(errors="replace"), "sha256").hex()


def _document(id: str, handle: Handle) -> Document:
    return {
        "_id": id,
        "handle": handle.text,
        "attendee_id": handle.attendee_id,
        "chosen_at": handle.chosen_at,
        "current": handle.current,
        "name": handle.name,
        "indexed": handle.indexed,
    }


def _handle(document: Document) -> Handle:
    return from_document(Handle, document, text=document["handle"])
