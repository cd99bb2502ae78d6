"""The entries of the audit, in a service's own database."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from pymongo import WriteConcern
from pymongo.errors import PyMongoError

from shared.database.mongo import Document, MongoDatabase
from shared.transient_errors import described
from shared.web.access.audit import Actor, Entry

log = structlog.get_logger(__name__)

KEPT_FOR: Final = timedelta(days=90)
WRITE_SECONDS: Final = 2.0
"""How long a request waits for its entry to be written."""


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some entries by their ids, the newest first. ``next`` is the id after which the others follow; "" at the end."""

    entries: dict[str, Entry]
    next: str


class AuditTrail:
    """Keeps entries for 90 days. Their ids sort by time."""

    def __init__(self, db: MongoDatabase) -> None:
        # Of one server only: who waits for the answer need not wait for a majority.
        self._entries = db.get_collection("audit", write_concern=WriteConcern(w=1))

    async def ensure_indexes(self) -> None:
        await self._entries.create_index("at", expireAfterSeconds=int(KEPT_FOR.total_seconds()))
        for field in ("key_id", "person_id", "session_id"):
            await self._entries.create_index([(field, 1), ("_id", -1)])

    async def record(self, entry: Entry) -> None:
        """Keep an entry. If that fails, the log has it instead: what the request did is done."""
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await self._entries.insert_one(_document(entry))
        except (PyMongoError, TimeoutError) as error:
            actor = entry.actor
            log.error(
                "audit_failed",
                error=described(error),
                key=actor.key_id,
                person_id=actor.person_id,
                session=actor.session_id,
                method=entry.method,
                route=entry.route,
                ids=dict(entry.ids),
                status=entry.status,
            )

    async def page(self, limit: int, after: str = "", caller: str = "") -> EntryPage:
        """The newest entries, after that one, where it is given. ``caller``: a key's, person's or session's id."""
        query: Document = {"_id": {"$lt": after}} if after else {}
        if caller:
            query["$or"] = [{"key_id": caller}, {"person_id": caller}, {"session_id": caller}]
        found = await self._entries.find(query).sort("_id", -1).limit(limit + 1).to_list()
        entries = {document["_id"]: _entry(document) for document in found[:limit]}
        return EntryPage(entries, found[limit - 1]["_id"] if len(found) > limit else "")


def _document(entry: Entry) -> Document:
    return {
        "_id": f"{entry.at:%Y%m%dT%H%M%S%f}-{secrets.token_hex(6)}",
        "at": entry.at,
        "key_id": entry.actor.key_id,
        "person_id": entry.actor.person_id,
        "session_id": entry.actor.session_id,
        "scopes": sorted(entry.actor.scopes),
        "roles": sorted(entry.actor.roles),
        "method": entry.method,
        "route": entry.route,
        "ids": [[name, value] for name, value in entry.ids.items()],
        "status": entry.status,
        "correlation_id": entry.correlation_id,
    }


def _entry(document: Document) -> Entry:
    actor = Actor(
        key_id=document["key_id"],
        person_id=document["person_id"],
        session_id=document["session_id"],
        scopes=frozenset(document["scopes"]),
        roles=frozenset(document["roles"]),
    )
    return Entry(
        at=document["at"],
        actor=actor,
        method=document["method"],
        route=document["route"],
        ids=dict(document["ids"]),
        status=document["status"],
        correlation_id=document["correlation_id"],
    )
