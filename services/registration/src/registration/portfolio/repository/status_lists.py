"""Status lists of credentials."""

from registration.portfolio.domain.status_list import MOST_USED, StatusList
from shared.database.mongo import Document, MongoDatabase, Tx


class StatusLists:
    """Status lists, each in one document. Two transactions that change the same list conflict, and one runs again."""

    def __init__(self, db: MongoDatabase) -> None:
        self._lists = db["status_lists"]

    async def get(self, id: str, tx: Tx | None = None) -> StatusList | None:
        document = await self._lists.find_one({"_id": id}, session=tx and tx.session)
        return _status_list(document) if document else None

    async def open(self, tx: Tx) -> StatusList | None:
        """A list to which credentials can be added."""
        document = await self._lists.find_one({"count": {"$lt": MOST_USED}}, session=tx.session)
        return _status_list(document) if document else None

    async def save(self, changed: StatusList, tx: Tx) -> None:
        document = {
            "used": bytes(changed.used),
            "revoked": bytes(changed.revoked),
            "count": changed.count,
            "revision": changed.revision,
        }
        await self._lists.replace_one({"_id": changed.id}, document, upsert=True, session=tx.session)


def _status_list(document: Document) -> StatusList:
    used, revoked = bytearray(document["used"]), bytearray(document["revoked"])
    return StatusList(document["_id"], used, revoked, document["count"], document["revision"])
