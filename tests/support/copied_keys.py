"""Copies of registration's API keys, created directly in another service's database."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import httpx

from shared.contract.envelope import Event, Received
from shared.contract.events.registration import KeyChanged
from shared.contract.topics import KEYS
from shared.web.access.copies import KeyCopies
from shared.web.access.keys import digest, generate, parse, text
from shared.web.access.scopes import scopes_of
from support.databases import apply, database_of


async def copy_key(service: str, scopes: Iterable[str] | None = None, **changes: Any) -> str:
    """Add a new key with these scopes, or all of the service's, to the service. Returns the key's text.

    ``changes`` are fields of the event: ``conference_id``, ``organization_id``, ``expires_at``, ``revoked_at``.
    """
    id, secret = generate()
    await tell_key(service, text(id, secret), scopes=sorted(scopes_of(service) if scopes is None else scopes), **changes)
    return text(id, secret)


async def tell_key(service: str, key: str, version: int = 1, **changes: Any) -> None:
    """Apply an event that changes this key."""
    async with database_of(service) as database:
        await apply(database, KeyCopies(database.db).apply, key_changed(key, version, **changes))


def key_changed(key: str, version: int = 1, **changes: Any) -> Event:
    """An event that changes this key."""
    id, secret = parse(key)
    usual: dict[str, Any] = {"scopes": [], "conference_id": None, "organization_id": None, "expires_at": None, "revoked_at": None}
    changed = KeyChanged(key_id=id, version=version, digest=digest(secret).hex(), **usual | changes)
    record = Received(KEYS.name, b"", [], key=id.encode())
    return Event(id, "registration", KEYS.types[0], datetime.now(UTC), "", changed, record)


async def keyed(client: httpx.AsyncClient, service: str) -> httpx.AsyncClient:
    """Give the client a key with all scopes of the service. Returns the client."""
    client.headers["authorization"] = f"Bearer {await copy_key(service)}"
    return client
