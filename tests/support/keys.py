"""Keys for tests, made as an operator would: directly on the database."""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from registration.domain.keys import Scope
from registration.repository.keys import Keys
from registration.use_cases.keys import Keyring
from shared.mongo import Database
from shared.settings import ServiceSettings

OPERATOR: tuple[Scope, ...] = ("attendance", "conferences", "people", "connections", "keys")


async def make_key(scopes: Iterable[Scope] = OPERATOR, *, environment: Mapping[str, str] | None = None, **bounds: Any) -> str:
    """The text of a new key of the registration service that the environment's settings lead to.

    ``bounds`` are those of ``Keyring.give``: ``conference_id``, ``source``, ``events_per_minute``, ...
    """
    given = {name: environment[name.upper()] for name in ("mongodb_uri", "topic_prefix")} if environment else {}
    database = Database("registration", ServiceSettings(**given))  # type: ignore[arg-type]
    keyring = Keyring(Keys(database.db))
    try:
        _, text = await database.transact(
            lambda tx: keyring.give("test", scopes, tx, **{"events_per_minute": 10_000_000, **bounds})
        )
    finally:
        database.close()
    return text


async def operator(client: httpx.AsyncClient, environment: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """The client, from now on with a key that may do all that an operator may."""
    client.headers["authorization"] = f"Bearer {await make_key(environment=environment)}"
    return client
