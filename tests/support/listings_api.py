"""Listings over HTTP: what a host puts, opens and waits for, and the events that tell of it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from support.answers import ok
from support.kafka import Kafka
from support.patience import PATIENCE
from support.published import publish_seats

TOPIC = "listings.listings"


def details(**changes: Any) -> dict[str, Any]:
    return {"organization_id": "acme", "title": "Plots in 3D", "mentor_ids": ["ada"], "capacity": 2} | changes


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


async def opened(api: httpx.AsyncClient, id: str = "l1", **changes: Any) -> dict[str, Any]:
    await ok(api.put(f"/listings/{id}", json=details(**changes)))
    published: dict[str, Any] = await ok(api.post(f"/listings/{id}/publish"))
    return published


async def promised(kafka: Kafka, id: str = "l1", version: int = 1, placed: int = 0, **more: int) -> None:
    """Matching says how many of the listing's seats it promised, and the service has heard it."""
    await publish_seats(kafka, id, version, placed, **more)
    await kafka.no_lag("matching.seats", "listings")


async def told(kafka: Kafka, id: str, version: int) -> list[dict[str, Any]]:
    """The events of the listing, once this version was published; they count from 1 without a gap. One may come twice."""

    def arrived(records: list[Any]) -> bool:
        return any(record.key == id.encode() and json.loads(record.value)["version"] >= version for record in records)

    every = await kafka.events(TOPIC, until=arrived)
    events = list({event["version"]: event for event in every if event["listing_id"] == id}.values())
    assert [event["version"] for event in events] == list(range(1, len(events) + 1))
    return events


async def opened_for_a_moment(api: httpx.AsyncClient, id: str) -> None:
    """Publish a listing that is due very soon: as soon as this machine is quick enough for."""
    for seconds in (0.5, 2, 8):
        await ok(api.put(f"/listings/{id}", json=details(deadline=soon(seconds))))
        if (await api.post(f"/listings/{id}/publish")).is_success:
            return
    raise AssertionError("8 s were not enough to publish a listing")


async def until_status(api: httpx.AsyncClient, id: str, status: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while True:
            listing: dict[str, Any] = await ok(api.get(f"/listings/{id}"))
            if listing["status"] == status:
                return listing
            await asyncio.sleep(0.05)
