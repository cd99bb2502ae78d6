"""How to reach the people of host organizations: in by HTTP, out as events, on real servers."""

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from listings.main import create_app
from listings.organizations.domain import MOST_MENTORS
from listings.settings import Settings
from shared.database.mongo import Database
from support.answers import ok
from support.copied_keys import keyed
from support.kafka import Kafka
from support.serving import serving

TOPIC = "listings.contacts"
ADA = {"name": "Ada", "email": "ada@example.org"}


@pytest.fixture
async def api(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """The service knows two organizations."""
    for id in ("acme", "planetarium"):
        await ok(api.put(f"/organizations/{id}", json={"name": id}))
    return api


async def told(kafka: Kafka, count: int) -> list[dict[str, Any] | None]:
    """The first so many records of the topic, None for a tombstone."""
    records = await kafka.read(TOPIC, count)
    assert len(records) == count
    return [orjson.loads(record.value) if record.value else None for record in records]


def post(organization: str, *, contact: bool = False) -> dict[str, Any]:
    return {"organization_id": organization, "mentor": True, "contact": contact}


async def test_a_mentor_is_told_once_for_each_change_and_forgotten_with_the_post(api: httpx.AsyncClient, kafka: Kafka) -> None:
    path = "/organizations/acme/mentors/ada"
    kept = await ok(api.put(path, json=ADA))
    assert kept == ADA | {
        "organization_id": "acme",
        "id": "ada",
        "person_id": kept["person_id"],
        "contact": False,
        "admin": False,
        "locale": None,
        "time_zone": None,
        "named": False,
        "away_until": None,
    }
    await ok(api.put(path, json=ADA))
    more = ADA | {"contact": True, "locale": "sv", "time_zone": "Europe/Stockholm"}
    assert (await ok(api.put(path, json=more))).items() >= more.items()
    assert (await api.get(path)).json().items() >= more.items()
    assert (await api.delete(path)).status_code == 204
    await ok(api.put(path, json=ADA))
    first, second, gone, again = await told(kafka, 4)
    assert first == ADA | {
        "person_id": kept["person_id"],
        "version": 1,
        "locale": None,
        "posts": [post("acme")],
        "time_zone": None,
    }
    words = {"locale": "sv", "time_zone": "Europe/Stockholm", "posts": [post("acme", contact=True)]}
    assert second == first | words | {"version": 2}
    assert gone is None
    assert again == first | {"version": 3}


async def test_a_mentor_of_two_organizations_is_one_person(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await ok(api.put("/organizations/acme/mentors/ada", json=ADA))
    await ok(
        api.put("/organizations/planetarium/mentors/a.l", json={"name": "Ada L.", "email": "ADA@Example.org", "contact": True})
    )
    await ok(api.put("/organizations/acme/mentors/ada", json=ADA | {"email": "grace@example.org"}))
    events = await told(kafka, 4)
    ada = [event for event in events if event and event["email"] == "ada@example.org"]
    assert [(event["version"], event["name"], event["posts"]) for event in ada] == [
        (1, "Ada", [post("acme")]),
        (2, "Ada L.", [post("acme"), post("planetarium", contact=True)]),
        (3, "Ada L.", [post("planetarium", contact=True)]),
    ]
    assert [event["posts"] for event in events if event and event["email"] == "grace@example.org"] == [[post("acme")]]


async def test_of_organizations_that_name_one_person_at_once_none_is_missed(api: httpx.AsyncClient, kafka: Kafka) -> None:
    async with serving(create_app(Settings())) as second:
        await keyed(second, "listings")
        for n in range(8):
            await ok(api.put(f"/organizations/o{n}", json={"name": "O"}))
        clients = [api, second] * 4
        added = (client.put(f"/organizations/o{n}/mentors/ada", json=ADA) for n, client in enumerate(clients))
        await asyncio.gather(*map(ok, added))
    events = await told(kafka, 8)
    assert [event["version"] for event in events if event] == list(range(1, 9))
    assert events[-1]
    assert events[-1]["posts"] == [post(f"o{n}") for n in range(8)]


async def test_open_listings_are_told_without_the_mentor_who_is_deleted(api: httpx.AsyncClient, kafka: Kafka) -> None:
    person = (await ok(api.put("/organizations/acme/mentors/ada", json=ADA)))["person_id"]
    await ok(api.put("/listings/l1", json={"organization_id": "acme", "title": "Maps", "capacity": 1, "mentor_ids": ["ada"]}))
    (await api.post("/listings/l1/publish")).raise_for_status()
    (await api.delete("/organizations/acme/mentors/ada")).raise_for_status()
    events = await kafka.events("listings.listings", 2)
    assert [event["mentor_person_ids"] for event in events] == [[person], []]
    for path in ("/organizations/acme/mentors/ada", "/organizations/none/mentors/ada"):
        response = await api.delete(path)
        assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
        assert "there is no" in response.json()["detail"]


async def test_an_organization_is_told_with_its_staff_whenever_a_post_changes(api: httpx.AsyncClient, kafka: Kafka) -> None:
    path = "/organizations/acme/mentors/ada"
    person = (await ok(api.put(path, json=ADA)))["person_id"]
    await ok(api.put(path, json=ADA | {"name": "Ada L.", "locale": "sv"}))  # which tells readers of organizations nothing
    await ok(api.put(path, json=ADA | {"admin": True}))
    await ok(api.put("/organizations/acme/mentors/a.l", json=ADA | {"contact": True}))
    await ok(api.put("/organizations/acme", json={"name": "Acme & Co"}))
    (await api.delete(path)).raise_for_status()
    (await api.delete("/organizations/acme/mentors/a.l")).raise_for_status()
    events = [event for event in await kafka.events("listings.organizations", 8) if event["organization_id"] == "acme"]
    posts = [[(post["person_id"], post["admin"], post["contact"], post["mentor"]) for post in event["staff"]] for event in events]
    assert posts == [
        [],
        [(person, False, False, True)],
        [(person, True, False, True)],
        [(person, True, True, True)],
        [(person, True, True, True)],
        [(person, False, True, True)],
        [],
    ]
    assert [event["version"] for event in events] == list(range(1, 8))
    assert [event["name"] for event in events] == ["acme"] * 4 + ["Acme & Co"] * 3


async def test_staff_that_an_earlier_release_did_not_tell_is_told_at_the_start(
    api: httpx.AsyncClient, kafka: Kafka, environment: dict[str, str]
) -> None:
    person = (await ok(api.put("/organizations/acme/mentors/ada", json=ADA | {"contact": True})))["person_id"]
    database = Database("listings", Settings())
    await database.db["organizations"].update_many({}, {"$unset": {"staff": ""}})
    database.close()
    async with serving(create_app(Settings())):
        events = await kafka.events("listings.organizations", 4)
    # Organizations lie in different partitions, so only the events of one come in order.
    [*_, event] = [event for event in events if event["organization_id"] == "acme"]
    assert event["version"] == 3
    assert event["staff"] == [{"person_id": person, "admin": False, "contact": True, "mentor": True, "away_until": None}]
    async with serving(create_app(Settings())) as again:
        await keyed(again, "listings")
        assert (await ok(again.get("/organizations/acme")))["version"] == 3
        assert (await ok(again.get("/organizations/planetarium")))["version"] == 1


async def test_an_organization_has_no_more_mentors_than_an_event_can_name(api: httpx.AsyncClient) -> None:
    database = Database("listings", Settings())
    mentors = [
        {
            "_id": f"acme/m{n}",
            "organization_id": "acme",
            "id": f"m{n}",
            "name": "M",
            "email": f"m{n}@example.org",
            "person_id": f"p{n}",
        }
        for n in range(MOST_MENTORS)
    ]
    await database.db["mentors"].insert_many(mentors)
    database.close()
    response = await api.put("/organizations/acme/mentors/ada", json=ADA)
    assert (response.status_code, "1,000 mentors" in response.json()["detail"]) == (409, True)
    await ok(api.put("/organizations/acme/mentors/m0", json=ADA | {"admin": True}))


async def test_what_of_a_mentor_cannot_be_is_refused_with_what_to_mend(api: httpx.AsyncClient) -> None:
    for field, value, hint in (
        ("contact", "yes", "true or false"),
        ("admin", "yes", "true or false"),
        ("locale", "Swedish, please", "such as de or pt-BR"),
        ("time_zone", "Europe/Atlantis", "such as Europe/Prague"),
        ("time_zone", "../../etc/passwd", "such as Europe/Prague"),
    ):
        response = await api.put("/organizations/acme/mentors/ada", json=ADA | {field: value})
        assert response.status_code == 422
        (fault,) = response.json()["errors"]
        assert (fault["field"], hint in fault["detail"]) == (field, True), fault
    assert (await api.get("/organizations/acme/mentors/ada")).status_code == 404


async def test_whoever_is_on_the_staff_of_several_organizations_is_erased_from_all_by_their_address(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    for path in ("acme/mentors/ada", "acme/mentors/again", "planetarium/mentors/ada"):
        kept = await ok(api.put(f"/organizations/{path}", json=ADA | {"admin": True}))
    bob = {"name": "Bob", "email": "bob@example.org"}
    await ok(api.put("/organizations/acme/mentors/bob", json=bob))
    listing = {"organization_id": "acme", "title": "An internship", "capacity": 1, "mentor_ids": ["ada", "bob"]}
    await ok(api.put("/listings/l1", json=listing))
    await ok(api.post("/listings/l1/publish"))
    person, asked = kept["person_id"], {"email": "Ada@Example.org"}
    erased = await ok(api.post("/staff/erase", json=asked))
    assert erased == {"person_id": person, "organization_ids": ["acme", "planetarium"]}
    assert await ok(api.post("/staff/erase", json=asked)) == erased | {"organization_ids": []}, "the answer was lost"
    assert [one["id"] for one in (await ok(api.get("/organizations/acme/mentors")))["items"]] == ["bob"]
    assert (await ok(api.get("/organizations/planetarium/mentors")))["items"] == []
    records = await kafka.read(TOPIC, until=lambda seen: sum(record.value is None for record in seen) == 3)
    assert {record.key for record in records if record.value is None} == {person.encode()}, (
        "with the last post, and with each erasure"
    )
    listings = await kafka.events("listings.listings", 2)
    assert [person in listing["mentor_person_ids"] for listing in listings] == [True, False]
    newest = {event["organization_id"]: event for event in await kafka.events("listings.organizations", 7)}
    assert [len(newest[id]["staff"]) for id in ("acme", "planetarium")] == [1, 0]
    assert person not in str(newest)
    for wrong in ({}, {"email": "ada"}, {"email": {"$gt": ""}}):
        assert (await api.post("/staff/erase", json=wrong)).status_code == 422
