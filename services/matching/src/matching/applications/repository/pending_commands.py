"""Commands in MongoDB that hosts can still undo."""

from collections.abc import Collection, Mapping
from datetime import datetime

from matching.applications.domain.application import PendingCommand
from matching.applications.domain.requests import OfferRequest, Slots
from shared.database.mongo import Document, MongoDatabase, Tx
from shared.free_text import STORED

_BODIES: Mapping[str, type[Slots | OfferRequest]] = {"interview": Slots, "offer": OfferRequest}


class PendingCommands:
    """Stores commands that hosts can still undo: one document per application."""

    def __init__(self, db: MongoDatabase) -> None:
        self._pending = db["pending_commands"]

    async def ensure_indexes(self) -> None:
        await self._pending.create_index([("organization_id", 1), ("at", 1)])
        await self._pending.create_index("at")

    async def of(self, ids: Collection[str], tx: Tx | None = None) -> dict[str, PendingCommand]:
        """The pending commands for these applications, by application id."""
        found = self._pending.find({"_id": {"$in": list(ids)}}, session=tx.session if tx else None)
        return {document["_id"]: _pending(document) async for document in found}

    async def of_host(self, organization_id: str, limit: int) -> list[PendingCommand]:
        """A host's pending commands, the earliest due first."""
        found = self._pending.find({"organization_id": organization_id}, sort=[("at", 1), ("_id", 1)], limit=limit)
        return [_pending(document) async for document in found]

    async def due(self, now: datetime, limit: int) -> list[str]:
        """The ids of some applications whose attendees must be told now."""
        found = self._pending.find({"at": {"$lte": now}}, {"_id": 1}, sort=[("at", 1)], limit=limit)
        return [document["_id"] async for document in found]

    async def put(self, pending: PendingCommand, tx: Tx) -> None:
        """Store a pending command in place of the application's earlier one."""
        document = {
            "organization_id": pending.organization_id,
            "version": pending.version,
            "at": pending.at,
            "command": pending.command,
            "body": pending.body and pending.body.model_dump(mode="json"),
        }
        await self._pending.replace_one({"_id": pending.application_id}, document, upsert=True, session=tx.session)

    async def take(self, id: str, tx: Tx, organization_id: str | None = None) -> PendingCommand | None:
        """Delete and return this application's pending command, if any, by this host. Only one of two transactions gets it."""
        which = {"_id": id} | ({"organization_id": organization_id} if organization_id else {})
        document = await self._pending.find_one_and_delete(which, session=tx.session)
        return _pending(document) if document else None


def _pending(document: Document) -> PendingCommand:
    command, body = document["command"], document["body"]
    return PendingCommand(
        document["_id"],
        document["organization_id"],
        document["version"],
        document["at"],
        command,
        _BODIES[command].model_validate(body, context=STORED) if body else None,
    )
