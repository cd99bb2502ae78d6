"""Connections to other systems."""

from dataclasses import asdict

from motor.motor_asyncio import AsyncIOMotorClientSession

from registration.systems.connection import Connection, Secret
from shared.database.documents import from_document
from shared.database.mongo import Document, MongoDatabase, Tx


class Connections:
    """Connections, by their ids."""

    def __init__(self, db: MongoDatabase) -> None:
        self._connections = db["connections"]

    async def get(self, id: str, session: AsyncIOMotorClientSession | None = None) -> Connection | None:
        document = await self._connections.find_one({"_id": id}, session=session)
        return _connection(document) if document else None

    async def all(self, conference_id: str | None = None, session: AsyncIOMotorClientSession | None = None) -> list[Connection]:
        """All connections, or a conference's, by id."""
        found = self._connections.find({"conference_id": conference_id} if conference_id else {}, session=session)
        return sorted([_connection(document) async for document in found], key=lambda connection: connection.id)

    async def save(self, connection: Connection, tx: Tx) -> None:
        document = _document(connection)
        await self._connections.replace_one({"_id": connection.id}, document, upsert=True, session=tx.session)


def _document(connection: Connection) -> Document:
    document = asdict(connection)
    # Ids of other systems may contain dots and dollar signs, which field names may not.
    return document | {
        "_id": document.pop("id"),
        "options": [*connection.options.items()],
        "sessions": [*connection.sessions.items()],
    }


def _connection(document: Document) -> Connection:
    return from_document(
        Connection,
        document,
        id=document["_id"],
        secrets=tuple(from_document(Secret, secret) for secret in document["secrets"]),
        options=dict(document["options"]),
        sessions=dict(document["sessions"]),
    )
