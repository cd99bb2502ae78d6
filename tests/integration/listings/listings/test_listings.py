"""Listings on real servers: organizations, mentors and offers in by HTTP, what is open out as events."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from listings.listings.repository import ListingsRepository
from listings.listings.use_cases import Listings
from listings.main import create_app
from listings.organizations.repository import OrganizationsRepository
from listings.settings import Settings
from shared.database.mongo import Database, Tx
from shared.persons import person_id
from support.answers import ok, refused
from support.copied_keys import keyed
from support.kafka import Kafka
from support.patience import PATIENCE
from support.published import publish_seats
from support.serving import serving

TOPIC = "listings.listings"


@pytest.fixture
def environment(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The service looks often for deadlines that have passed."""
    monkeypatch.setenv("DEADLINE_SECONDS", "0.1")
    return environment


@pytest.fixture
async def api(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """The service knows one organization with one mentor."""
    await ok(api.put("/organizations/acme", json={"name": "Acme", "conference_ids": ["c1"]}))
    await ok(api.put("/organizations/acme/mentors/ada", json={"name": "Ada", "email": "Ada@Example.org"}))
    return api


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
    assert "country: say" in await refused(put(conditions={"work_permission": True}), 422, "conditions.country")
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


async def test_seats_are_taken_filled_and_free_again(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await opened(api)
    for version, placed in ((1, 1), (1, 1), (2, 2), (1, 1)):
        await promised(kafka, version=version, placed=placed)
    listing = await ok(api.get("/listings/l1"))
    assert (listing["status"], listing["seats"], listing["placed"]) == ("filled", 0, 2)
    assert "all 2 seats are taken" in await refused(api.post("/listings/l1/publish"), 409)
    lowered = await ok(api.put("/listings/l1", json=details(capacity=1)))
    assert (lowered["status"], lowered["over"], lowered["placed"]) == ("filled", 1, 2)
    assert (await ok(api.put("/listings/l1", json=details())))["over"] == 0
    for _ in range(2):
        await promised(kafka, version=3, placed=1)
    listing = await ok(api.get("/listings/l1"))
    assert (listing["status"], listing["seats"]) == ("published", 1)
    events = await told(kafka, "l1", 6)
    assert [(event.get("seats", event.get("reason")), event["capacity"]) for event in events] == [
        *((2, 2), (1, 2), ("filled", 2)),
        *(("filled", 1), ("filled", 2)),  # matching is told how many there are, although nobody else is concerned
        (1, 2),
    ]


async def test_a_host_that_changes_its_listing_while_seats_are_promised_loses_no_promise(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    await opened(api, capacity=3)
    async with serving(create_app(Settings())) as second:
        await keyed(second, "listings")
        changes = [(api, second)[n % 2].put("/listings/l1", json=details(capacity=3 + n % 3)) for n in range(12)]
        seats = [publish_seats(kafka, version=1 + n, placed=1 + n % 3) for n in range(6)]
        await asyncio.gather(*(ok(change) for change in changes), *seats)
        await kafka.no_lag("matching.seats", "listings")
    listing = await ok(api.put("/listings/l1", json=details(capacity=3)))
    assert (listing["status"], listing["placed"], listing["seats"]) == ("filled", 3, 0)


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


async def test_a_closed_listing_is_withdrawn_once_and_can_be_published_again(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await opened(api)
    for _ in range(2):
        assert (await ok(api.post("/listings/l1/close")))["status"] == "closed"
    assert "publish it again" in await refused(api.put("/listings/l1", json=details(title="Other")), 409)
    await ok(api.post("/listings/l1/publish"))
    assert [event.get("reason") for event in await told(kafka, "l1", 3)] == [None, "closed", None]


async def test_a_listing_expires_at_its_deadline_and_opens_again_with_a_later_one(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await opened_for_a_moment(api, "l1")
    await opened(api, "other", deadline=soon(3600))
    await until_status(api, "l1", "expired")
    assert "has passed" in await refused(api.post("/listings/l1/publish"), 409)
    assert "expired; publish it again" in await refused(api.put("/listings/l1", json=details(title="Other")), 409)
    await ok(api.post("/listings/l1/publish", json={"deadline": soon(3600)}))
    await ok(api.put("/listings/l1", json=details(title="Other")))
    assert [event.get("reason") for event in await told(kafka, "l1", 4)] == [None, "expired", None, None]
    assert (await ok(api.get("/listings/other")))["status"] == "published"


async def test_several_instances_close_each_due_listing_once(
    environment: dict[str, str], api: httpx.AsyncClient, kafka: Kafka
) -> None:
    at_most, count = 4, 15
    for n in range(count):
        await opened(api, f"l{n}", deadline=soon(3600))
    await opened(api, "later", deadline=soon(3 * 24 * 3600))
    settings = Settings()

    async def instance() -> list[int]:
        """Ends what is due by tomorrow, as a service does in the background. Returns how many in each transaction."""
        database = Database("listings", settings)
        listings = Listings(ListingsRepository(database.db), OrganizationsRepository(database.db), timedelta(days=7))

        async def tomorrow(tx: Tx) -> int:
            tx.now += timedelta(days=1)
            return await listings.expire_due(tx, at_most)

        ended = [await database.transact(tomorrow)]
        while ended[-1] == at_most:
            ended.append(await database.transact(tomorrow))
        database.close()
        return ended

    ended = [one for each in await asyncio.gather(instance(), instance(), instance()) for one in each]
    assert sum(ended) == count
    assert max(ended) <= at_most
    assert (await ok(api.get("/statistics")))["expired"] == count
    assert (await ok(api.get("/listings/later")))["status"] == "published"
    for n in range(count):
        assert [event.get("reason") for event in await told(kafka, f"l{n}", 2)] == [None, "expired"]


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
