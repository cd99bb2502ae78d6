"""Ideas over HTTP: what attendees propose, what hosts ask, and the events that tell of it."""

import json
from typing import Any

import httpx

from support.answers import ok
from support.kafka import Kafka
from support.published import publish_profile

ADA, BOB = "a" * 32, "b" * 32
STARS = f"/attendees/{ADA}/ideas/stars"
IDEA: dict[str, Any] = {
    "title": "Faster star maps",
    "text": "One.\n\nTwo.",
    "skills": ["NumPy"],
    "session": {"conference_id": "c1", "session_id": "s1"},
    "conference_ids": ["c1"],
}


async def attended(kafka: Kafka, id: str, *conference_ids: str, version: int = 1) -> None:
    await publish_profile(kafka, id, version, conference_ids=conference_ids)
    await kafka.no_lag("registration.profiles", "listings.authors")


async def erase(kafka: Kafka, id: str) -> None:
    await kafka.send("registration.profiles", None, key=id)
    await kafka.no_lag("registration.profiles", "listings.authors")


async def proposed(api: httpx.AsyncClient, path: str = STARS, **changes: Any) -> dict[str, Any]:
    idea: dict[str, Any] = await ok(api.put(path, json=IDEA | changes))
    return idea


async def command(api: httpx.AsyncClient, path: str, seen: int | None = None, **body: Any) -> httpx.Response:
    headers = {} if seen is None else {"if-match": f'"{seen}"'}
    return await api.post(path, json=body or None, headers=headers)


async def asked(api: httpx.AsyncClient, *hosts: str) -> dict[str, Any]:
    """Ada's idea, for which these hosts asked one after the other."""
    idea = await proposed(api)
    for host in hosts:
        seen = (await ok(api.get(STARS)))["version"]
        await ok(command(api, f"/organizations/{host}/ideas/{idea['id']}/ask", seen))
    return dict(await ok(api.get(STARS)))


async def told(kafka: Kafka, version: int) -> list[dict[str, Any]]:
    """The events of Ada's idea up to this version."""
    events = await kafka.events(
        "listings.ideas", until=lambda seen: any(json.loads(one.value)["version"] >= version for one in seen)
    )
    return list({one["version"]: one for one in events}.values())
