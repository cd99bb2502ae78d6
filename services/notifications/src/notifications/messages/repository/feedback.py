"""What came back of messages after they were handed over: bounces and complaints."""

from datetime import datetime
from typing import Final, Literal

from notifications.messages.domain import ReturnedMessage, StateChange
from notifications.messages.repository.records import RECORD_FIELDS, record_of
from shared.database.mongo import MongoDatabase, Tx

_FIELDS: Final = RECORD_FIELDS | {"state": 1, "changed_at": 1, "feedback": 1, "address": 1}


class FeedbackRecords:
    """Finds messages by the token that stands for one outside, and keeps what came back of them."""

    def __init__(self, db: MongoDatabase) -> None:
        self._messages = db["messages"]

    async def message(self, token: str, tx: Tx) -> ReturnedMessage | None:
        document = await self._messages.find_one({"token": token}, _FIELDS, session=tx.session)
        if document is None:
            return None
        return ReturnedMessage(
            id=document["_id"],
            record=record_of(document),
            state=document["state"],
            changed_at=document["changed_at"],
            feedback=document.get("feedback", ""),
            address_id=document.get("address", ""),
        )

    async def record(
        self, message: ReturnedMessage, feedback: Literal["bounced", "complained"], reason: str, tx: Tx
    ) -> StateChange:
        """Keep what came back of a message that had ended. Its end stays what it was."""
        change = {"$set": {"feedback": feedback, "feedback_reason": reason, "feedback_at": tx.now}, "$inc": {"version": 1}}
        await self._messages.update_one({"_id": message.id}, change, session=tx.session)
        return StateChange(message.record, feedback, reason)

    async def arrived_between(self, recipient: str, after: datetime, before: datetime, tx: Tx) -> bool:
        """Whether a mail to this person, sent between these times, did not come back."""
        which = {"recipient": recipient, "state": "sent", "feedback": None, "changed_at": {"$gt": after, "$lt": before}}
        return await self._messages.find_one(which, {"_id": 1}, session=tx.session) is not None
