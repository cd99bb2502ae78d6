"""The order of messages to one person about one thing: none overtakes an earlier one."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from motor.motor_asyncio import AsyncIOMotorCollection

from notifications.messages.domain.states import CLAIM, OPEN
from notifications.messages.repository.documents import selection
from shared.database.mongo import Document, Tx

ORDER_WAIT: Final = timedelta(hours=1)
"""How long a mail waits for an earlier one to the same person about the same thing."""
EARLIER_WAIT: Final = timedelta(seconds=1)
"""How long before looking again whether an earlier message, which a sender has, has ended."""

_IN_ORDER: Final[Document] = {"lane": "transactional", "order": {"$gt": 0}}


async def postpone_later(messages: AsyncIOMotorCollection[Document], ids: Collection[str], tx: Tx) -> set[str]:
    """Postpone those of these queued messages that come after another one that has not ended. Returns their ids."""
    fields = {"recipient": 1, "about": 1, "order": 1, "due_at": 1, "state": 1}
    found = messages.find({"_id": {"$in": list(ids)}} | _IN_ORDER, fields, session=tx.session)
    queued = [document async for document in found]
    if not queued:
        return set()
    which = {
        "recipient": {"$in": sorted({one["recipient"] for one in queued})},
        "created_at": {"$gt": tx.now - ORDER_WAIT},
        "about": {"$in": sorted({one["about"] for one in queued})},
        "state": {"$in": list(OPEN)},
    }
    first: dict[tuple[str, str], Document] = {}
    async for document in messages.find(which | _IN_ORDER, fields, session=tx.session).sort("order"):
        first.setdefault((document["recipient"], document["about"]), document)
    later = set()
    for one in queued:
        earlier = first.get((one["recipient"], one["about"]))
        if earlier and earlier["order"] < one["order"]:
            later.add(one["_id"])
            again = tx.now + EARLIER_WAIT
            due_at = max(again, earlier["due_at"]) if earlier["state"] == "queued" else again
            change = {"$set": {"due_at": due_at}}
            await messages.update_one(selection(CLAIM, {"_id": one["_id"]}), change, session=tx.session)
    return later
