"""What came back of messages after they were handed over, and the mails themselves for as long as they are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from notifications.messages.domain import State
from notifications.messages.repository.deliveries import TOLD, tell
from shared.database.mongo import Document, MongoDatabase, Tx

Came = Literal["", "bounced", "complained"]


@dataclass(frozen=True, slots=True)
class Outgone:
    """A message about which something came back."""

    id: str
    recipient: str
    kind: str
    state: State
    changed_at: datetime
    """When it came to its state: of one that was sent, when that was."""
    feedback: Came
    address_id: str
    """As ``Addresses.id`` of where it went; "" where that was not kept, or is forgotten."""
    document: Document
    """What is told of it."""


_FIELDS: Final = TOLD | {"state": 1, "changed_at": 1, "feedback": 1, "address": 1}


class Feedback:
    """Reads ``messages`` by the token that stands for one outside."""

    def __init__(self, db: MongoDatabase) -> None:
        self._messages = db["messages"]
        self._bodies = db["bodies"]

    async def message(self, token: str, tx: Tx) -> Outgone | None:
        document = await self._messages.find_one({"token": token}, _FIELDS, session=tx.session)
        if document is None:
            return None
        return Outgone(
            id=document["_id"],
            recipient=document["recipient"],
            kind=document["kind"],
            state=document["state"],
            changed_at=document["changed_at"],
            feedback=document.get("feedback", ""),
            address_id=document.get("address", ""),
            document=document,
        )

    async def record(self, message: Outgone, came: Came, reason: str, tx: Tx) -> None:
        """Keep what came back of a message that had ended, and tell the other services. Its end stays what it was."""
        change = {"$set": {"feedback": came, "feedback_reason": reason, "feedback_at": tx.now}, "$inc": {"version": 1}}
        await self._messages.update_one({"_id": message.id}, change, session=tx.session)
        tell(message.document, came, tx, reason)

    async def arrived_between(self, recipient: str, after: datetime, before: datetime, tx: Tx) -> bool:
        """Whether a mail to this person, sent between these times, did not come back."""
        which = {"recipient": recipient, "state": "sent", "feedback": None, "changed_at": {"$gt": after, "$lt": before}}
        return await self._messages.find_one(which, {"_id": 1}, session=tx.session) is not None

    async def mail(self, token: str, now: datetime) -> bytes | None:
        """The mail as it was sent, all but the line of its recipient; None where it is not kept (any more)."""
        message = await self._messages.find_one({"token": token}, {"_id": 1})
        body = message and await self._bodies.find_one({"_id": message["_id"], "kept_until": {"$gt": now}}, {"mail": 1})
        return bytes(body["mail"]) if body else None
