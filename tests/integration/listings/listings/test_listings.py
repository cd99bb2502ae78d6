"""Listings over HTTP: what a host asks for is kept, shown and counted, and what cannot be asked for is refused."""

import json
from typing import Any

import httpx
import pytest

from listings.settings import Settings
from shared.database.mongo import Database
from support.answers import ok, refused
from support.kafka import Kafka
from support.listings_api import details, opened, opened_for_a_moment, promised, told, until_status

pytestmark = pytest.mark.usefixtures("often", "acme_and_ada")
ASKED: dict[str, Any] = {
    "description": "One.\n\nTwo.",
    "skills": ["Python", "C"],
    "requirements": [{"term": "C", "level": 3, "weight": 2.5}],
    "research": {"lab": "Optics", "interests": ["lenses"], "equipment": ["Laser"]},
    "disciplines": ["physical-sciences", "ict"],
    "crossing": True,
    "conditions": {
        "starts": "2099-10-01",
        "ends": None,
        "hours_per_week": 20,
        "country": "SE",
        "place": "Kiruna",
        "remote": True,
        "work_permission": True,
    },
    "pay": {"amount": 18.5, "currency": "SEK", "period": "hour", "eligibility": "enrolled students only"},
    "answer_days": 7,
    "kind": "leadership",
    "opens_at": "2098-05-01T09:00:00Z",
}


async def test_what_a_host_asks_for_is_kept_told_and_the_same_when_it_is_put_again(api: httpx.AsyncClient, kafka: Kafka) -> None:
    listing = await opened(api, **ASKED)
    assert {name: listing[name] for name in ASKED} == ASKED
    assert await ok(api.get("/listings/l1")) == listing
    assert (await ok(api.put("/listings/l1", json=details(**ASKED))))["version"] == 1
    await promised(kafka, placed=1)  # read from the database, changed, and told again
    events = await told(kafka, "l1", 2)
    assert [event["seats"] for event in events] == [2, 1]
    for event in events:
        assert {name: event[name] for name in ASKED} == ASKED


async def test_what_cannot_be_asked_for_is_refused_with_its_field(api: httpx.AsyncClient) -> None:
    async def put(**changes: Any) -> httpx.Response:
        # As JSON in Python, which knows NaN and Infinity.
        body = json.dumps(details(skills=["C"], **changes))
        return await api.put("/listings/l1", content=body, headers={"content-type": "application/json"})

    for weight in (float("nan"), float("inf")):
        said = await refused(put(requirements=[{"term": "C", "weight": weight}]), 422, "requirements.0.weight")
        assert "must be a finite number" in said
    assert "is not one of the skills" in await refused(put(requirements=[{"term": "Go"}]), 422, "requirements")
    backwards = {"starts": "2099-10-01", "ends": "2024-09-30"}
    assert "before starts" in await refused(put(conditions=backwards), 422, "conditions.ends")
    assert "country: is missing" in await refused(put(conditions={"work_permission": True}), 422, "conditions.country")
    assert "leave out U+202E" in await refused(put(title="gpj\u202eada"), 422, "title")
    await refused(api.get("/listings/l1"), 404)


async def test_what_was_kept_before_there_was_more_to_ask_for_is_read_and_told_as_before(
    environment: dict[str, str], api: httpx.AsyncClient, kafka: Kafka
) -> None:
    await opened(api, skills=["Python"], deadline="2099-01-01T00:00:00Z")
    database = Database("listings", Settings())
    listings, organizations = database.db["listings"], database.db["organizations"]
    document = await listings.find_one({"_id": "l1"})
    assert document
    for name in ("requirements", "research", "disciplines", "crossing", "conditions", "pay", "answer_days", "kind", "opens_at"):
        del document[name]
        del document["published"][name]
    del document["published"]["description"], document["published"]["approved"], document["published"]["capacity"]
    document["published"]["deadline"] = document["deadline"]
    await listings.replace_one({"_id": "l1"}, document)
    await organizations.update_one({"_id": "acme"}, {"$unset": {"approved": ""}})
    database.close()
    again = details(skills=["Python"], deadline="2099-01-01T00:00:00Z")
    assert (await ok(api.put("/listings/l1", json=again)))["version"] == 1
    assert (await ok(api.put("/organizations/acme", json={"name": "Acme", "conference_ids": ["c1"]})))["version"] == 2
    await promised(kafka, placed=1)
    listing = await ok(api.get("/listings/l1"))
    assert (listing["version"], listing["requirements"], listing["conditions"]) == (2, [], None)
    assert [event["seats"] for event in await told(kafka, "l1", 2)] == [2, 1]


async def test_what_is_unknown_is_named(api: httpx.AsyncClient) -> None:
    someone = {"name": "Eve", "email": "eve@example.org"}
    for answer in (
        api.get("/organizations/none"),
        api.get("/organizations/none/mentors"),
        api.put("/organizations/none/mentors/eve", json=someone),
    ):
        assert await refused(answer, 404) == "there is no organization 'none'"
    assert "mentor of organization 'acme' 'eve'" in await refused(api.get("/organizations/acme/mentors/eve"), 404)
    for answer in (api.get("/listings/l9"), api.post("/listings/l9/publish"), api.post("/listings/l9/close")):
        assert await refused(answer, 404) == "there is no listing 'l9'"
    assert "'none'" in await refused(api.put("/listings/l1", json=details(organization_id="none")), 422, "organization_id")
    assert "'eve', 'mallory'" in await refused(
        api.put("/listings/l1", json=details(mentor_ids=["mallory", "ada", "eve"])), 422, "mentor_ids"
    )
    assert "draft" in await refused(_after(api.put("/listings/l1", json=details()), api.post("/listings/l1/close")), 409)


async def _after(first: Any, then: Any) -> Any:
    await ok(first)
    return await then


async def test_an_id_that_is_none_finds_nothing(api: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for path in ["/organizations/$ne", "/organizations/%00", "/listings/.hidden", "/listings/a%2Fb", "/listings/a%0A"]:
        with subtests.test(path):
            assert (await api.get(path)).status_code in (404, 422)


async def test_what_was_stored_before_invisible_characters_were_refused_is_shown(
    environment: dict[str, str], api: httpx.AsyncClient
) -> None:
    await opened(api)
    database = Database("listings", Settings())
    stored = {"title": "Star\u202emaps", "description": "a\u200bb", "skills": ["Num\u00adPy"]}
    await database.db["listings"].update_one({"_id": "l1"}, {"$set": stored})
    database.close()
    listing = await ok(api.get("/listings/l1"))
    assert {name: listing[name] for name in stored} == stored
    assert (await ok(api.post("/listings/l1/close")))["status"] == "closed"
    assert [one["title"] for one in (await ok(api.get("/listings")))["items"]] == [stored["title"]]


async def test_hostile_texts_stay_texts(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await ok(api.put("/organizations/a.b", json={"name": "$where: {a.b}"}))
    await ok(api.put("/organizations/a.b/mentors/x.y", json={"name": "$gt", "email": "$ne.x@example.org"}))
    await opened(
        api,
        "l.1",
        organization_id="a.b",
        title="$set",
        description="{'$ne': 1}\n\na.b.c",
        skills=["$in", "a.b"],
        mentor_ids=["x.y"],
    )
    listing = await ok(api.get("/listings/l.1"))
    assert (listing["title"], listing["skills"], listing["mentor_ids"]) == ("$set", ["$in", "a.b"], ["x.y"])
    assert [event["organization"] for event in await told(kafka, "l.1", 1)] == ["$where: {a.b}"]
    await refused(api.put("/listings/l1", json=details(title={"$gt": ""})), 422, "title")
    await refused(api.put("/listings/l1", json=details(organization_id={"$gt": ""})), 422, "organization_id")
    await refused(api.get("/listings", params={"organization_id": "$ne"}), 422, "query.organization_id")


async def test_lists_come_in_pages_each_thing_once(api: httpx.AsyncClient) -> None:
    for n in range(5):
        await ok(api.put(f"/organizations/o{n}", json={"name": "O"}))
        await ok(api.put(f"/organizations/o0/mentors/m{n}", json={"name": "M", "email": f"m{n}@example.org"}))
        await ok(api.put(f"/listings/l{n}", json=details()))
    await ok(api.post("/listings/l3/publish"))

    async def ids(path: str, **query: Any) -> list[list[str]]:
        pages: list[list[str]] = []
        after = None
        while after is not None or not pages:
            page = await ok(api.get(path, params=query | ({"after": after} if after else {})))
            pages.append([item["id"] for item in page["items"]])
            after = page["next"]
        return pages

    assert await ids("/organizations", limit=2) == [["acme", "o0"], ["o1", "o2"], ["o3", "o4"]]
    assert await ids("/organizations/o0/mentors", limit=3) == [["m0", "m1", "m2"], ["m3", "m4"]]
    assert await ids("/organizations/o1/mentors") == [[]]
    assert await ids("/listings", limit=4) == [["l0", "l1", "l2", "l3"], ["l4"]]
    assert await ids("/listings", status="published") == [["l3"]]
    assert await ids("/listings", organization_id="o0") == [[]]
    await refused(api.get("/listings", params={"limit": 1001}), 422, "query.limit")


async def test_statistics_count_each_status(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await ok(api.put("/listings/draft", json=details()))
    await opened(api, "open")
    await opened(api, "filled", capacity=1)
    await promised(kafka, "filled", placed=1)
    await opened(api, "closed")
    await ok(api.post("/listings/closed/close"))
    await opened_for_a_moment(api, "expired")
    await until_status(api, "expired", "expired")
    assert await ok(api.get("/statistics")) == {
        "organizations": 1,
        "mentors": 1,
        "listings": 5,
        "drafts": 1,
        "published": 1,
        "filled": 1,
        "closed": 1,
        "expired": 1,
    }
