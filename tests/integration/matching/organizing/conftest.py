"""The service knows conferences with their organizers, and listings of two hosts."""

from typing import Any

import httpx
import pytest

from support.kafka import Kafka
from support.published import publish_conference, publish_listing, publish_organization, publish_profile

HOSTILE = "<script>alert(1)</script> & Söhne"


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """olga organizes c1, otto c2. The host o1 takes part in c1, o2 in c2. Ada and ben may be matched."""
    await publish_conference(kafka, "c1", 1, "olga")
    await publish_conference(kafka, "c2", 1, "otto")
    await publish_organization(kafka, "o1", 1, ["c1"], cora="contact", mina="mentor")
    for id in ("ada", "ben"):
        interests = [{"kind": "skill", "term": "python", "declared": True, "evidence": []}]
        await publish_profile(kafka, id, conference_ids=["c1"], interests=interests)
    for id, host, conference, title in (
        ("stars", "o1", "c1", "Map the stars"),
        ("maps", "o1", "c1", HOSTILE),
        ("other", "o2", "c2", "Of another conference"),
        ("anywhere", "o3", "", "Of a host that names none"),
    ):
        conferences = [conference] if conference else []
        await publish_listing(kafka, id, organization_id=host, conference_ids=conferences, title=title, skills=["python"])
    programme: dict[str, Any] = {"kind": "leadership", "organization_id": "o1", "conference_ids": ["c1"], "capacity": 5}
    await publish_listing(kafka, "leaders", title="Lead", **programme)
    for topic, group in (
        ("registration.profiles", "candidates"),
        ("listings.listings", "catalogue"),
        ("registration.conferences", "catalogue"),
        ("registration.conferences", "roles"),
        ("listings.organizations", "roles"),
    ):
        await kafka.no_lag(topic, f"matching.{group}")
    return api
