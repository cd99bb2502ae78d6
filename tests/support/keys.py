"""Creates API keys directly in the database, like the operator's command, and runs that command."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import httpx
import pytest
from pymongo import AsyncMongoClient

from registration.command_line import main
from registration.keys.repository import Keys
from registration.keys.use_cases import KeyManager
from shared.database.mongo import Database
from shared.settings import ServiceSettings
from shared.web.access.scopes import SCOPES, Scope
from support.databases import name_of

OPERATOR: tuple[Scope, ...] = tuple(scope for scope in SCOPES if scope != "me")


async def make_key(
    scopes: Iterable[Scope] = OPERATOR,
    *,
    environment: Mapping[str, str] | None = None,
    settings: ServiceSettings | None = None,
    **bounds: Any,
) -> str:
    """Create a key of the registration service with these settings, or the environment's. Returns the key's text.

    ``bounds`` are parameters of ``KeyManager.issue``: ``conference_id``, ``source``, ``events_per_minute``, ...
    """
    names = ("mongodb_uri", "mongodb_database", "topic_prefix")
    given = {name: environment[name.upper()] for name in names if name.upper() in environment} if environment else {}
    database = Database("registration", settings or ServiceSettings(**given))  # type: ignore[arg-type]
    key_manager = KeyManager(Keys(database.db))
    try:
        _, text = await database.transact(
            lambda tx: key_manager.issue("test", scopes, tx, **{"events_per_minute": 10_000_000, **bounds})
        )
    finally:
        database.close()
    return text


async def operator(client: httpx.AsyncClient, environment: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """Give the client a key with all scopes of an operator. Returns the client."""
    client.headers["authorization"] = f"Bearer {await make_key(environment=environment)}"
    return client


def bearer(key: str) -> dict[str, str]:
    """The HTTP header with the key."""
    return {"authorization": f"Bearer {key}"}


async def documents(environment: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """All documents in the service's database, by collection."""
    async with AsyncMongoClient[dict[str, Any]](environment["MONGODB_URI"]) as client:
        db = client[name_of("registration")]
        return {collection: await db[collection].find().to_list() for collection in await db.list_collection_names()}


@dataclass
class Done:
    """The result of a command."""

    status: int
    out: str
    err: str


async def command(*arguments: str, **settings: str) -> Done:
    """Run ``python -m registration`` with these arguments, and these settings on top of the environment's."""
    out, err = StringIO(), StringIO()

    def run() -> int:
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name, value in settings.items():
                patch.setenv(name, value)
            try:
                return main([*arguments])
            except SystemExit as end:
                return int(end.code or 0)

    return Done(await asyncio.to_thread(run), out.getvalue(), err.getvalue())


def event(id: str = "1", source: str = "badges", conference: str = "c1") -> dict[str, Any]:
    data = {"conference_id": conference, "attendee": {"email": "ada@example.org"}}
    return envelope(id, source, "attendance.checked_in.v1", data)


def envelope(id: str, source: str, type: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"specversion": "1.0", "id": id, "source": source, "type": type, "time": "2026-07-08T10:00:00Z", "data": data}


async def publish(api: httpx.AsyncClient, key: str, value: dict[str, Any]) -> httpx.Response:
    headers = {"content-type": "application/cloudevents+json", **bearer(key)}
    return await api.post("/attendance", content=json.dumps(value), headers=headers)
