"""Connections to the systems that conferences use: which system, which conference, its secret."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query, Response

from registration.connections.schemas import ChangedConnection, ConnectionList, ConnectionSpec, ConnectionView, Rotation
from registration.connections.use_cases.connection_manager import ConnectionManager
from registration.keys.domain import Key
from registration.systems.connection import Connection
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.web.access.guard import Guard
from shared.web.access.router import Router


def create_router(guard: Guard, connection_manager: ConnectionManager, database: Database) -> Router:
    """``/connections``."""
    router = Router(prefix="/connections", tags=["connections"])
    Allowed = Annotated[Key, Depends(guard("connections", conference=True))]  # noqa: N806 - a type

    async def mine(id: str, key: Key, tx: Tx) -> Connection:
        connection = await connection_manager.get(id, tx)
        guard.owner(key, "connection", id, conference_id=connection.conference_id)
        return connection

    @router.put("/{id}", responses={HTTPStatus.CREATED: {"model": ChangedConnection}})
    async def put_connection(id: Id, spec: ConnectionSpec, response: Response, key: Allowed) -> ChangedConnection:
        """Make a connection, or change it to this; a disabled one is enabled. Another secret takes the place of all others.

        The same again changes nothing.
        """
        guard.conference(key, spec.conference_id)
        connection, secret = await database.transact(lambda tx: connection_manager.put(id, spec.config(), tx))
        if connection.version == 1 and secret:
            response.status_code = HTTPStatus.CREATED
        return ChangedConnection.with_secret(connection, secret)

    @router.get("/{id}")
    async def get_connection(id: Id, key: Allowed) -> ConnectionView:
        return ConnectionView.of(await database.transact(lambda tx: mine(id, key, tx)))

    @router.get("")
    async def get_connections(key: Allowed, conference_id: Annotated[Id | None, Query()] = None) -> ConnectionList:
        """All connections, or those of a conference."""
        wanted = conference_id or key.conference_id
        if wanted:
            guard.conference(key, wanted)
        return ConnectionList(
            connections=[ConnectionView.of(one) for one in await database.transact(lambda tx: connection_manager.all(wanted, tx))]
        )

    @router.post("/{id}/rotate")
    async def rotate_secret(id: Id, rotation: Rotation, key: Allowed) -> ChangedConnection:
        """Give a connection a new secret. The old one stays valid for a while, until the other system has the new one."""

        async def rotate(tx: Tx) -> ChangedConnection:
            await mine(id, key, tx)
            return ChangedConnection.with_secret(
                *await connection_manager.rotate(id, timedelta(hours=rotation.grace_hours), tx, secret=rotation.new_secret())
            )

        return await database.transact(rotate)

    @router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT)
    async def disable_connection(id: Id, key: Allowed) -> None:
        """Let nothing more in by it, at once. What it has told stays."""

        async def disable(tx: Tx) -> None:
            await mine(id, key, tx)
            await connection_manager.disable(id, tx)

        await database.transact(disable)

    return router
