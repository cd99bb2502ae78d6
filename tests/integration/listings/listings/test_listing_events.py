"""What is published of organizations and listings, once for each change and nothing personal."""

import asyncio

import httpx
import pytest
from pydantic import SecretStr

from listings.main import create_app
from listings.settings import Settings
from shared.persons import person_id
from support.answers import ok, refused
from support.copied_keys import keyed
from support.kafka import Kafka
from support.listings_api import TOPIC, details, opened, told
from support.serving import serving

pytestmark = pytest.mark.usefixtures("often", "acme_and_ada")


async def test_an_organization_is_published_once_for_each_change(api: httpx.AsyncClient, kafka: Kafka) -> None:
    host = {"name": "Beta", "url": "https://beta.example", "conference_ids": ["c1", "c1"]}
    assert (await api.put("/organizations/beta", json=host)).status_code == 201
    again = await api.put("/organizations/beta", json=host)
    assert (again.status_code, again.json()["version"]) == (200, 1)
    await ok(api.put("/organizations/beta", json=host | {"name": "Beta & Co"}))
    events = await kafka.events("listings.organizations", 4)
    assert [(event["version"], event["name"]) for event in events if event["organization_id"] == "beta"] == [
        (1, "Beta"),
        (2, "Beta & Co"),
    ]
    assert await ok(api.get("/organizations/beta")) == {
        "id": "beta",
        "version": 2,
        "name": "Beta & Co",
        "url": "https://beta.example/",
        "conference_ids": ["c1"],
        "approved": True,
    }


async def test_a_host_that_is_not_approved_is_told_with_its_open_listings_and_stays_so(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    await opened(api)
    acme = {"name": "Acme", "conference_ids": ["c1"]}
    await ok(api.put("/organizations/acme", json=acme | {"approved": False}))
    again = await ok(api.put("/organizations/acme", json=acme | {"name": "Acme & Co"}))
    assert (again["approved"], again["version"]) == (False, 4)
    await ok(api.put("/organizations/acme", json=acme | {"name": "Acme & Co", "approved": True}))
    assert [(event["organization"], event["approved"]) for event in await told(kafka, "l1", 4)] == [
        ("Acme", True),
        ("Acme", False),
        ("Acme & Co", False),
        ("Acme & Co", True),
    ]
    events = await kafka.events("listings.organizations", 5)
    assert [event["approved"] for event in events] == [True, True, False, False, True]
    await refused(api.put("/organizations/acme", json=acme | {"approved": "no"}), 422, "approved")


async def test_a_published_listing_says_all_that_matching_needs_and_nothing_personal(
    environment: dict[str, str], api: httpx.AsyncClient, kafka: Kafka
) -> None:
    listing = await opened(api, skills=["Python"], topics=["plots"], conference_ids=["c2"], deadline="2099-01-01T01:00:00+01:00")
    assert (listing["status"], listing["version"], listing["seats"]) == ("published", 1, 2)
    assert await told(kafka, "l1", 1) == [
        {
            "listing_id": "l1",
            "version": 1,
            "organization_id": "acme",
            "organization": "Acme",
            "title": "Plots in 3D",
            "skills": ["Python"],
            "topics": ["plots"],
            "mentor_person_ids": [person_id("ada@example.org", SecretStr(environment["PERSON_KEY"]))],
            "conference_ids": ["c1", "c2"],
            "seats": 2,
            "deadline": "2099-01-01T00:00:00Z",
            "url": None,
            "description": None,
            "requirements": [],
            "research": None,
            "disciplines": [],
            "crossing": False,
            "conditions": None,
            "approved": True,
            "capacity": 2,
            "pay": None,
            "answer_days": None,
            "kind": "internship",
            "opens_at": None,
            "idea_author_id": None,
            "author_only_until": None,
        }
    ]
    for topic in (TOPIC, "listings.organizations"):
        for record in await kafka.read(topic):
            assert b"ada@" not in record.value.lower()
            assert b'"Ada"' not in record.value


async def test_a_draft_is_nobody_elses_business_and_the_same_again_publishes_nothing(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    assert (await api.put("/listings/l1", json=details())).status_code == 201
    assert (await api.put("/listings/l1", json=details(deadline="2099-01-01T00:00:00.123456Z"))).status_code == 200
    for _ in range(2):
        await ok(api.post("/listings/l1/publish"))
        await ok(api.put("/listings/l1", json=details(deadline="2099-01-01T00:00:00.123456Z")))
    await ok(api.put("/listings/l1", json=details(title="Other")))
    assert [event["title"] for event in await told(kafka, "l1", 2)] == ["Plots in 3D", "Other"]


async def test_a_changed_organization_or_mentor_is_told_with_the_open_listings(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await opened(api)
    await opened(api, "without-mentor", mentor_ids=[])
    await ok(api.put("/listings/draft", json=details()))
    await ok(api.put("/organizations/acme", json={"name": "Acme & Co", "conference_ids": ["c1"]}))
    await ok(api.put("/organizations/acme", json={"name": "Acme & Co", "conference_ids": ["c3"]}))
    await ok(api.put("/organizations/acme/mentors/ada", json={"name": "Ada L.", "email": "ada@example.org"}))
    await ok(api.put("/organizations/acme/mentors/ada", json={"name": "Ada L.", "email": "ada@elsewhere.example"}))
    events = await told(kafka, "l1", 4)
    assert [(event["organization"], event["conference_ids"]) for event in events] == [
        ("Acme", ["c1"]),
        ("Acme & Co", ["c1"]),
        ("Acme & Co", ["c3"]),
        ("Acme & Co", ["c3"]),
    ]
    assert events[2]["mentor_person_ids"] != events[3]["mentor_person_ids"]
    assert (await ok(api.get("/listings/without-mentor")))["version"] == 3
    assert (await ok(api.get("/listings/draft")))["version"] == 0


async def test_listings_that_open_while_their_organization_changes_tell_its_new_name(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    async with serving(create_app(Settings())) as second, serving(create_app(Settings())) as third:
        for client in (second, third):
            await keyed(client, "listings")
        for n in range(10):
            host, ada = f"/organizations/o{n}", f"/organizations/o{n}/mentors/ada"
            await ok(api.put(host, json={"name": "Old"}))
            await ok(api.put(ada, json={"name": "Ada", "email": "old@example.org"}))
            await ok(api.put(f"/listings/l{n}", json=details(organization_id=f"o{n}")))
            await asyncio.gather(
                ok(api.post(f"/listings/l{n}/publish")),
                ok(second.put(host, json={"name": "New"})),
                ok(third.put(ada, json={"name": "Ada", "email": "new@example.org"})),
            )
    newest = []
    for n in range(10):
        newest += (await told(kafka, f"l{n}", (await ok(api.get(f"/listings/l{n}")))["version"]))[-1:]
    mentor = await ok(api.get("/organizations/o0/mentors/ada"))
    assert [event["organization"] for event in newest] == ["New"] * 10
    assert [event["mentor_person_ids"] for event in newest] == [[mentor["person_id"]]] * 10
