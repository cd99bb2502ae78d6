"""A service that knows attendees, and listings of two hosts with their people, for the pages of a host's desk."""

from datetime import timedelta
from typing import Any, Final

import httpx
import pytest

from support.answers import ok
from support.host_desk import HOSTILE, TODAY, Applying, Desk, Desks
from support.kafka import Kafka
from support.published import publish_listing, publish_organization, publish_profile
from support.rescoring import rescored
from support.sessions import sign_in

LETTER: Final = {"note": "I should like\nto map stars.", "links": ["https://ada.example/work"]}


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """The service knows three attendees, of whom ada agreed to be shown to hosts, and listings of two hosts with their people. The client has a key."""
    await publish_organization(kafka, "o1", 1, adam="admin", cora="contact", mina="mentor")
    await publish_organization(kafka, "o2", 1, zoe="admin contact mentor", both="contact")
    await publish_organization(kafka, "o3", 1, both="contact")
    for id in ("ada", "ben", "cyd"):
        interests = [{"kind": "skill", "term": "Python", "declared": True, "level": 4, "evidence": []}]
        await publish_profile(kafka, id, conference_ids=["c1"], interests=interests, sharing_consent=id == "ada")
    times = {"starts": str(TODAY), "ends": str(TODAY + timedelta(60)), "hours_per_week": 20, "place": "Prague"}
    for id, host, title in (("stars", "o1", "Map the stars"), ("maps", "o1", HOSTILE), ("other", "o2", "Another one")):
        await publish_listing(kafka, id, organization_id=host, conditions=times, capacity=2, skills=["python"], title=title)
    for topic, group in (
        ("registration.profiles", "candidates"),
        ("listings.listings", "catalogue"),
        ("listings.organizations", "roles"),
    ):
        await kafka.no_lag(topic, f"matching.{group}")
    await rescored(kafka)
    return api


@pytest.fixture
def desk_of(api: httpx.AsyncClient) -> Desks:
    """A browser of the person with these ids."""

    async def signed_in(*ids: str, language: str = "en", operator: bool = False) -> Desk:
        return Desk(api, await sign_in("matching", *ids, operator=operator), language)

    return signed_in


@pytest.fixture
def apply(api: httpx.AsyncClient) -> Applying:
    """Has an attendee apply."""

    async def sent(attendee: str, listing: str = "stars", **letter: Any) -> dict[str, Any]:
        body = {"name": f"{attendee.title()} Applicant"} | LETTER | letter
        application: dict[str, Any] = await ok(api.put(f"/attendees/{attendee}/applications/{listing}", json=body))
        return application

    return sent
