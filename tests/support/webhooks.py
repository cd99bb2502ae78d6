"""Connections and webhooks over HTTP: made, delivered, and waited for until they are worked off."""

import asyncio
import os
from typing import Any

import httpx

from support.keys import documents
from support.patience import PATIENCE
from support.payloads import (
    basic,
    encoded,
    signature,
)

SECRET = "a secret of some length"
POSITION = "/api/v1/organizers/acmecorp/events/democon/orderpositions/23442/"
ORDER = "/api/v1/organizers/acmecorp/events/democon/orders/ABC23/"
BASIC = {"authorization": basic(SECRET)}


async def connect(api: httpx.AsyncClient, id: str, system: str, **spec: Any) -> str:
    """Make a connection; returns its secret."""
    given = {} if system == "standard" else {"secret": SECRET}
    answer = await api.put(f"/connections/{id}", json={"system": system, "conference_id": "conf", **given, **spec})
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["secret"])


async def deliver(api: httpx.AsyncClient, id: str, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    content = body if isinstance(body, bytes) else encoded(body)
    return await api.post(f"/webhooks/{id}", content=content, headers=BASIC if headers is None else headers)


def hievents(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"authorization": "", "signature": signature(secret, body)}


async def deliveries(api: httpx.AsyncClient, id: str, **query: Any) -> list[dict[str, Any]]:
    answer = await api.get(f"/connections/{id}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


async def ended(api: httpx.AsyncClient, id: str, count: int = 1, seconds: float = PATIENCE) -> list[dict[str, Any]]:
    """The deliveries, the first one first, once there are as many and none waits."""
    async with asyncio.timeout(seconds):
        while True:
            found = await deliveries(api, id)
            if len(found) == count and all(one["state"] != "waiting" for one in found):
                return found[::-1]
            await asyncio.sleep(0.05)


async def api_documents() -> dict[str, list[dict[str, Any]]]:
    """All that the service's database holds."""
    return await documents(dict(os.environ))
