"""Data for tests of access to matching: two attendees, listings of two hosts, and rounds of two conferences and of none."""

from typing import Any

import httpx

from support.answers import ok
from support.kafka import Kafka
from support.patience import until
from support.published import publish_listing, publish_profile

LISTINGS = {
    "c1-o1": ("o1", ["c1"]),
    "c1-o2": ("o2", ["c1"]),
    "c2-o1": ("o1", ["c2"]),
    "c2-o2": ("o2", ["c2"]),
    "any-o1": ("o1", []),
    "both-o2": ("o2", ["c1", "c2"]),
}
"""Each listing's host and conferences."""


async def two_hosts(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """Create the attendees ``a1`` and ``a2``, the listings, and a draft round for each conference and for none."""
    for id in ("a1", "a2"):
        interest = {"kind": "skill", "term": "python", "declared": True, "evidence": []}
        await publish_profile(kafka, id, conference_ids=["c1"], interests=[interest])
    for id, (host, conferences) in LISTINGS.items():
        await publish_listing(kafka, id, organization_id=host, conference_ids=conferences, skills=["python"])
    await kafka.no_lag("registration.profiles", "matching.candidates")
    await kafka.no_lag("listings.listings", "matching.catalogue")
    await ok(api.put("/rounds/one", json=plan("c1-o1", "c1-o2", conference="c1")))
    await ok(api.put("/rounds/two", json=plan("c2-o1", "c2-o2", conference="c2")))
    await ok(api.put("/rounds/none", json=plan("both-o2")))
    return api


def plan(*listings: str, conference: str | None = None, **changes: Any) -> dict[str, Any]:
    """The settings of a round."""
    return {"name": "Match day", "conference_id": conference, "listing_ids": listings, "seed": "s"} | changes


async def until_state(api: httpx.AsyncClient, id: str, state: str) -> None:
    """Wait until the round is in this state."""

    async def is_there() -> bool:
        return bool((await ok(api.get(f"/rounds/{id}")))["state"] == state)

    await until(is_there)
