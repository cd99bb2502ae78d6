"""Connections to the systems that conferences use: which system, which conference, its secret."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query, Response

from registration.connections.schemas import ChangedConnection, ConnectionList, ConnectionSpec, ConnectionView, Rotation
from registration.connections.use_cases.connection_manager import ConnectionManager
from registration.systems.connection import Connection
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router


def create_router(guard: Guard, connection_manager: ConnectionManager, database: Database) -> Router:
    """``/connections``."""
    router = Router(prefix="/connections", tags=["connections"])
    Allowed = Annotated[Caller, Depends(guard("connections", conference=True, people=True))]  # noqa: N806 - a type

    async def mine(id: str, caller: Caller, tx: Tx) -> Connection:
        connection = await connection_manager.get(id, tx)
        guard.owner(caller, "connection", id, conference_id=connection.conference_id)
        return connection

    @router.put("/{id}", responses={HTTPStatus.CREATED: {"model": ChangedConnection}})
    async def put_connection(id: Id, spec: ConnectionSpec, response: Response, caller: Allowed) -> ChangedConnection:
        """Create or change a connection; a disabled one is enabled. A new secret replaces all others.

        Repeating the request changes nothing.
        """
        guard.conference(caller, spec.conference_id)
        connection, secret = await database.transact(lambda tx: connection_manager.put(id, spec.config(), tx))
        if connection.version == 1 and secret:
            response.status_code = HTTPStatus.CREATED
        return ChangedConnection.with_secret(connection, secret)

    @router.get("/{id}")
    async def get_connection(id: Id, caller: Allowed) -> ConnectionView:
        return ConnectionView.of(await database.transact(lambda tx: mine(id, caller, tx)))

    @router.get("")
    async def get_connections(caller: Allowed, conference_id: Annotated[Id | None, Query()] = None) -> ConnectionList:
        """Return all connections, or those of a conference."""
        wanted = conference_id
        if wanted is not None:
            guard.conference(caller, wanted)
        elif caller.conference_ids is not None:
            (wanted,) = caller.conference_ids  # a key is bound to one at most
        return ConnectionList(
            connections=[ConnectionView.of(one) for one in await database.transact(lambda tx: connection_manager.all(wanted, tx))]
        )

    @router.post("/{id}/rotate")
    async def rotate_secret(id: Id, caller: Allowed, rotation: Rotation | None = None) -> ChangedConnection:
        """Give a connection a new secret. The old one stays valid for a while, until the other system has the new one."""
        asked = rotation or Rotation()

        async def rotate(tx: Tx) -> ChangedConnection:
            await mine(id, caller, tx)
            return ChangedConnection.with_secret(
                *await connection_manager.rotate(id, timedelta(hours=asked.grace_hours), tx, secret=asked.new_secret())
            )

        return await database.transact(rotate)

    @router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT)
    async def disable_connection(id: Id, caller: Allowed) -> None:
        """Disable a connection: nothing more is accepted from it, at once. What it has reported stays."""

        async def disable(tx: Tx) -> None:
            await mine(id, caller, tx)
            await connection_manager.disable(id, tx)

        await database.transact(disable)

    return router
