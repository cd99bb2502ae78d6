"""Applications over HTTP, on real servers: who gets in, what is wrong with a request, and what an erasure leaves."""

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, get_args

import httpx
import pytest

from matching.applications.domain.transitions import State
from support.answers import ok, refused
from support.copied_keys import copy_key
from support.databases import database_of
from support.kafka import Kafka
from support.keys import bearer
from support.patience import until
from support.published import publish_listing, publish_organization, publish_profile, withdraw_listing
from support.sessions import sign_in

LETTER: Final = {"name": "Ada Lovelace", "note": "I should like\nto map stars.", "links": ["https://ada.example/work"]}
SUMMER: Final = {"starts": "2099-06-01", "ends": "2099-08-31", "hours_per_week": 40, "place": "Prague", "country": "CZ"}
ATTENDEES: Final = ("ada", "ben", "cyd")
COMMANDS: Final = (
    ("attendee", "withdraw", None),
    ("attendee", "accept", None),
    ("attendee", "decline", None),
    ("attendee", "pick-slot", {"slot": 0}),
    ("attendee", "confirm-terms", None),
    ("host", "screen", None),
    ("host", "interview", {"slots": [{"starts": "2099-01-01T10:00:00Z", "ends": "2099-01-01T11:00:00Z", "place": "Room"}]}),
    ("host", "call-off", None),
    ("host", "offer", {"deadline": "2099-01-01T10:00:00Z"}),
    ("host", "reject", None),
    ("host", "rescind", None),
)

Application = dict[str, Any]


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """The service knows attendees, and the listings l1 to l3 of the host o1 and l4 of o2, all for the same summer; l2 has one seat."""
    for id in ATTENDEES:
        await profiled(kafka, id)
    for id, host, capacity in (("l1", "o1", 3), ("l2", "o1", 1), ("l3", "o1", 1), ("l4", "o2", 3)):
        await publish_listing(kafka, id, organization_id=host, conditions=SUMMER, capacity=capacity, skills=["python"])
    await settled(kafka)
    return api


async def profiled(kafka: Kafka, id: str, version: int = 1) -> None:
    interests = [{"kind": "skill", "term": "Python", "declared": True, "level": 4, "evidence": []}]
    await publish_profile(kafka, id, version, conference_ids=["c1"], interests=interests)


async def settled(kafka: Kafka) -> None:
    await kafka.no_lag("registration.profiles", "matching.candidates")
    await kafka.no_lag("listings.listings", "matching.catalogue")


def path(attendee: str, listing: str) -> str:
    return f"/attendees/{attendee}/applications/{listing}"


def ahead(**time: float) -> str:
    return (datetime.now(UTC) + timedelta(**time)).isoformat()


def slots(*days: float) -> dict[str, Any]:
    """Times for an interview, so many days ahead."""
    return {"slots": [{"starts": ahead(days=day), "ends": ahead(days=day, hours=1), "place": "Room 1"} for day in days]}


async def apply(api: httpx.AsyncClient, attendee: str = "ada", listing: str = "l1") -> Application:
    application: Application = await ok(api.put(path(attendee, listing), json=LETTER))
    return application


async def applications_of(api: httpx.AsyncClient, attendee: str) -> list[Application]:
    items: list[Application] = (await ok(api.get(f"/attendees/{attendee}/applications")))["items"]
    return items


def give(
    api: httpx.AsyncClient, application: Application, command: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> Any:
    """Give the command on the application as it was seen."""
    seen = {"if-match": f'"{application["version"]}"'} | dict(headers or {})
    return api.post(f"/applications/{application['id']}/{command}", json=body, headers=seen)


async def offered(api: httpx.AsyncClient, attendee: str = "ada", listing: str = "l1") -> Application:
    application: Application = await ok(give(api, await apply(api, attendee, listing), "offer", {"deadline": ahead(days=7)}))
    return application


# The author of an idea has the first application


async def idea_of_ada(api: httpx.AsyncClient, kafka: Kafka, until: str, version: int = 1, author: str = "ada") -> None:
    kept = {"idea_author_id": author, "author_only_until": until}
    await publish_listing(kafka, "idea", version, conditions=SUMMER, capacity=3, skills=["python"], **kept)
    await settled(kafka)


async def recommended(api: httpx.AsyncClient, attendee: str) -> bool:
    return (await ok(api.get(f"/attendees/{attendee}/listings/idea")))["rank"] is not None


async def test_only_the_author_of_an_idea_may_apply_until_they_have(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await idea_of_ada(api, kafka, "2099-01-08T12:00:00Z")
    detail = await refused(api.put(path("ben", "idea"), json=LETTER), 409)
    assert detail.startswith(
        "this listing was somebody's idea, and they may apply first; everybody may from 2099-01-08 12:00 UTC on"
    )
    assert "ada" not in detail.lower(), "whose idea it was is no business of others"
    preview = await ok(api.get(path("ben", "idea") + "/preview"))
    assert [one["kind"] for one in preview["obstacles"]] == ["author_first"]
    assert preview["author_only_until"] == "2099-01-08T12:00:00Z"
    explained = await ok(api.get("/attendees/ben/listings/idea"))
    assert explained["obstacle"] == "only for the author of its idea so far"
    for attendee in ("ada", "ben"):
        assert not await recommended(api, attendee)
    assert (await ok(api.get(path("ada", "idea") + "/preview")))["obstacles"] == []
    await apply(api, "ada", "idea")
    await apply(api, "ben", "idea")
    await until(partial(recommended, api, "cyd"))
    # A newer version of the listing that was made before does not close it again.
    await idea_of_ada(api, kafka, "2099-01-08T12:00:00Z", version=2)
    assert (await ok(api.get(path("cyd", "idea") + "/preview")))["obstacles"] == []
    assert (await ok(api.get("/attendees/cyd/listings/idea")))["obstacle"] is None


async def test_after_some_days_or_once_the_author_gives_way_everybody_may_apply(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await idea_of_ada(api, kafka, (datetime.now(UTC) - timedelta(seconds=1)).isoformat())
    await apply(api, "ben", "idea")
    await publish_listing(kafka, "other", conditions=SUMMER, idea_author_id="ada", author_only_until="2099-01-08T12:00:00Z")
    await settled(kafka)
    await refused(api.put(path("cyd", "other"), json=LETTER), 409)
    await publish_listing(kafka, "other", 2, conditions=SUMMER, idea_author_id="ada")
    await settled(kafka)
    await apply(api, "cyd", "other")


# The way


async def test_the_whole_way_from_a_look_to_a_placement(api: httpx.AsyncClient, kafka: Kafka) -> None:
    preview = await ok(api.get(path("ada", "l1") + "/preview"))
    assert (preview["obstacles"], preview["answer_days"], preview["application"]) == ([], 21, None)
    assert preview["terms"] == SUMMER | {"remote": False, "pay": None}
    assert [(one["term"], one["level"]) for one in preview["profile"]["skills"]] == [("Python", 4)]
    first = await api.put(path("ada", "l1"), json=LETTER)
    assert (first.status_code, first.headers["etag"], first.headers["cache-control"]) == (201, '"1"', "no-store")
    application = first.json()
    assert application["id"] == (await applications_of(api, "ada"))[0]["id"]
    assert {name: application[name] for name in LETTER} == LETTER
    assert application["profile"] == preview["profile"], "what is sent is what was shown"
    again = await api.put(path("ada", "l1"), json=LETTER)
    assert (again.status_code, again.json()) == (200, application)
    application = await ok(give(api, application, "screen"))
    application = await ok(give(api, application, "interview", slots(2, 3)))
    assert (len(application["slots"]), application["interview"]) == (2, None)
    application = await ok(give(api, application, "pick-slot", {"slot": 1}))
    assert application["interview"] == application["slots"][1]
    application = await ok(give(api, application, "call-off"))
    assert (application["state"], application["interview"]) == ("screening", None)
    application = await ok(give(api, application, "offer", {"deadline": ahead(days=7)}))
    assert (application["offer"]["starts"], application["offer"]["ends"]) == ("2099-06-01", "2099-08-31")
    answer = await give(api, application, "accept")
    accepted = answer.json()
    assert (answer.status_code, answer.headers["etag"], accepted["state"]) == (200, '"7"', "accepted")
    assert [(step["state"], step["by"]) for step in accepted["history"]] == [
        ("submitted", "attendee"),
        ("screening", "host"),
        ("interview", "host"),
        ("screening", "host"),
        ("offered", "host"),
        ("accepted", "attendee"),
    ]
    assert await ok(api.get(f"/applications/{accepted['id']}")) == accepted
    assert (await ok(api.get("/applications?listing_id=l1&state=accepted")))["items"] == [accepted]
    assert (await ok(api.get("/attendees/ada/applications")))["items"] == [accepted]
    (placement,) = await kafka.events("matching.placements", 1)
    assert (placement["placement_id"], placement["application_id"]) == (accepted["placement_id"], accepted["id"])
    events = await kafka.read("matching.applications", 7)
    assert [json.loads(event.value)["version"] for event in events] == list(range(1, 8))
    assert not any(word in event.value for event in events for word in (b"Ada", b"stars", b"ada.example"))


async def test_pages_of_applications(api: httpx.AsyncClient) -> None:
    made = {(await apply(api, "ada", listing))["id"] for listing in ("l1", "l2", "l3", "l4")}
    for listed in ("/attendees/ada/applications?limit=3", "/applications?limit=3"):
        first = await ok(api.get(listed))
        second = await ok(api.get(f"{listed}&after={first['next']}"))
        assert (len(first["items"]), len(second["items"]), second["next"]) == (3, 1, None)
        assert {one["id"] for one in first["items"] + second["items"]} == made
    assert (await ok(api.get("/applications?listing_id=l4")))["items"][0]["listing_id"] == "l4"
    assert (await ok(api.get("/applications?state=offered")))["items"] == []
    await refused(api.get("/applications?state=lost"), 422, "query.state")


# Races


async def test_of_two_acceptances_at_once_one_gets_the_seat_and_the_other_409(api: httpx.AsyncClient) -> None:
    for attendee in ATTENDEES:
        offers = [await offered(api, attendee, "l1"), await offered(api, attendee, "l4")]
        answers = await asyncio.gather(*(give(api, one, "accept") for one in offers))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        lost = next(answer for answer in answers if answer.status_code == 409).json()["detail"]
        assert "at that time" in lost or "leaves no hours" in lost
        states = sorted([(await ok(api.get(f"/applications/{one['id']}")))["state"] for one in offers])
        assert states == ["accepted", "superseded"]


async def test_of_many_offers_of_the_last_seat_at_once_one_holds_it(api: httpx.AsyncClient) -> None:
    applications = [await apply(api, attendee, "l2") for attendee in ATTENDEES]
    answers = await asyncio.gather(*(give(api, one, "offer", {"deadline": ahead(days=7)}) for one in applications))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    held = next(answer.json() for answer in answers if answer.is_success)
    await ok(give(api, held, "decline"))
    another = next(one for one in applications if one["id"] != held["id"])
    assert (await ok(give(api, another, "offer", {"deadline": ahead(days=7)})))["state"] == "offered"


# Who gets in


async def test_an_application_of_others_does_not_exist(api: httpx.AsyncClient, kafka: Kafka, subtests: Any) -> None:
    await publish_organization(kafka, "o1", 1, adam="admin", cora="contact", mina="mentor")
    await publish_organization(kafka, "o2", 1, zoe="admin contact mentor")
    await kafka.no_lag("listings.organizations", "matching.roles")
    application = await offered(api)
    own = {"origin": str(api.base_url).rstrip("/")}
    people = {
        name: own | await sign_in("matching", *ids, operator=name == "omar")
        for name, ids in {
            "ada": ("ada",),
            "merged": ("other", "ada"),
            "ben": ("ben",),
            "adam": ("adam",),
            "cora": ("cora",),
            "mina": ("mina",),
            "zoe": ("zoe",),
            "both": ("ben", "cora"),
            "omar": ("omar",),
        }.items()
    }
    keys = {
        "key": bearer(await copy_key("matching", ["applications"])),
        "o1": bearer(await copy_key("matching", ["applications"], organization_id="o1")),
        "o2": bearer(await copy_key("matching", ["applications"], organization_id="o2")),
        "other scope": bearer(await copy_key("matching", ["rankings", "operator", "recommendations"])),
        "nobody": {"authorization": ""},
    }
    everybody = people | keys

    async def statuses(
        method: str, where: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for name, shown in everybody.items():
            answer = await api.request(method, where, json=body, headers=dict(headers or {}) | shown)
            found.setdefault(answer.status_code, set()).add(name)
        return found

    attendees, hosts, all_ = {"ada", "merged"}, {"adam", "cora", "both", "o1"}, {"omar", "key"}
    refused_to = {403: {"other scope"}, 401: {"nobody"}}
    one = f"/applications/{application['id']}"
    with subtests.test("reading"):
        assert await statuses("GET", one) == refused_to | {
            200: attendees | hosts | all_,
            404: {"ben", "mina", "zoe", "o2"},
        }
    for side, command, body in COMMANDS:
        # Of those who may, each is told that this is not the version they saw, so that nothing changes.
        outdated = {"if-match": '"99"'}
        with subtests.test(command):
            found = await statuses("POST", f"{one}/{command}", body, outdated)
            if side == "attendee":
                assert found == {
                    412: attendees | all_,
                    404: {"ben", "adam", "cora", "mina", "zoe", "both"},
                    403: {"o1", "o2", "other scope"},
                    401: {"nobody"},
                }
            else:
                assert found == {
                    412: hosts | all_,
                    404: {"zoe", "o2"},
                    403: {"ada", "merged", "ben", "mina", "other scope"},
                    401: {"nobody"},
                }
    with subtests.test("an attendee's own"):
        for method, where, body in (
            ("GET", path("ada", "l2") + "/preview", None),
            ("GET", "/attendees/ada/applications", None),
        ):
            assert await statuses(method, where, body) == {
                200: attendees | all_,
                404: {"ben", "adam", "cora", "mina", "zoe", "both"},
                403: {"o1", "o2", "other scope"},
                401: {"nobody"},
            }
        async with database_of("matching") as database:
            looked = await database.db["openings"].find({}, {"_id": 1}).to_list(None)
        assert [one["_id"] for one in looked] == ["ada"]
        for name in ("ben", "zoe", "o1", "nobody"):
            assert (await api.put(path("ada", "l2"), json=LETTER, headers=everybody[name])).status_code in (401, 403, 404)
        assert (await api.put(path("ada", "l2"), json=LETTER, headers=everybody["merged"])).status_code == 201
    with subtests.test("a host's"):
        seen = {
            name: {item["listing_id"] for item in (await api.get("/applications", headers=shown)).json().get("items", [])}
            for name, shown in everybody.items()
        }
        assert {name for name, listings in seen.items() if listings} == hosts | all_
        await apply(api, "ben", "l4")
        assert [item["listing_id"] for item in (await ok(api.get("/applications", headers=everybody["zoe"])))["items"]] == ["l4"]
        assert (await ok(api.get("/applications?listing_id=l4", headers=everybody["o1"])))["items"] == []
    with subtests.test("what is nothing looks like what is of others"):
        texts = [
            (await refused(api.get(f"/applications/{id}", headers=people["ben"]), 404)).replace(id, "…")
            for id in (application["id"], "nothing")
        ]
        assert texts[0] == texts[1]
    assert await ok(api.get(one)) == application
    with subtests.test("whoever withdrew shares nothing any more"):
        await ok(api.post(f"{one}/withdraw", headers=people["ada"]))
        for name, shares in (("ada", True), ("omar", True), ("key", True), ("adam", False), ("o1", False), ("both", False)):
            view = await ok(api.get(one, headers=everybody[name]))
            assert (view["name"], view["note"], view["links"]) == (tuple(LETTER.values()) if shares else (None, None, None)), name
            assert (view["profile"] is not None) == shares
        (listed,) = (await ok(api.get("/applications?state=withdrawn", headers=everybody["o1"])))["items"]
        assert listed["name"] is None


# Bad input


async def test_what_is_wrong_with_a_request_is_said_and_nothing_is_lost(
    api: httpx.AsyncClient, kafka: Kafka, subtests: Any
) -> None:
    with subtests.test("an application to a closed listing"):
        await withdraw_listing(kafka, "l3")
        await settled(kafka)
        assert "takes no applications: closed" in await refused(api.put(path("ada", "l3"), json=LETTER), 409)
        await refused(api.put(path("ada", "nothing"), json=LETTER), 404)
    with subtests.test("an application without consent"):
        await publish_profile(kafka, "cyd", 2)
        await settled(kafka)
        assert "has not agreed to be matched" in await refused(api.put(path("cyd", "l1"), json=LETTER), 409)
        unknown = await refused(api.put(path("nobody", "l1"), json=LETTER), 404)
        assert unknown.startswith("there is no attendee 'nobody' who has agreed to be matched; ")
        seen = (await ok(api.get(path("nobody", "l1") + "/preview")))["obstacles"]
        assert [one["kind"] for one in seen] == ["no_consent"]
    with subtests.test("a note of 10 MB, with control characters or too long"):
        large = await api.put(path("ada", "l1"), json=LETTER | {"note": "x" * 10_000_000})
        assert large.status_code == 413
        assert "2,000" in await refused(api.put(path("ada", "l1"), json=LETTER | {"note": "x" * 2001}), 422, "note")
        for hostile in ("a\x00b", "a\x1b[2Jb", "a\tb", "a\x9bb"):
            assert "control character" in await refused(api.put(path("ada", "l1"), json=LETTER | {"note": hostile}), 422, "note")
        for field, value in (("name", "A\nB"), ("links", "x"), ("note", None), ("note", {"$ne": 1}), ("state", "accepted")):
            await refused(api.put(path("ada", "l1"), json=LETTER | {field: value}), 422, field)
        await refused(api.put(path("ada", "l1"), json=LETTER | {"links": ["javascript:alert(1)"]}), 422, "links.0")
        half = json.dumps(LETTER | {"note": "@"}).replace("@", "\\ud83d").encode()
        assert (await api.put(path("ada", "l1"), content=half, headers={"content-type": "application/json"})).status_code == 422
    application = await apply(api)
    with subtests.test("an application twice"):
        detail = await refused(api.put(path("ada", "l1"), json=LETTER | {"note": "Another one."}), 409)
        assert "an application for this listing already" in detail
    with subtests.test("a command without a version, or with an outdated one"):
        one = f"/applications/{application['id']}"
        for _, command, command_body in COMMANDS:
            if command != "withdraw":
                assert "is missing" in await refused(api.post(f"{one}/{command}", json=command_body), 428, "If-Match")
        for etag in ("*", "1", 'W/"1"', '"x"'):
            await refused(api.post(f"{one}/screen", headers={"if-match": etag}), 412, "If-Match")
        assert "you saw version 7" in await refused(give(api, application | {"version": 7}, "screen"), 412)
        assert "you saw version 7" in await refused(api.put(path("ben", "l1"), json=LETTER, headers={"if-match": '"7"'}), 412)
    with subtests.test("an offer that makes no sense"):
        for body, field in (
            ({"deadline": ahead(days=-1)}, "deadline"),
            ({"deadline": ahead(hours=20)}, "deadline"),
            ({"deadline": ahead(days=31)}, "deadline"),
            ({"deadline": "soon"}, "deadline"),
            ({"deadline": ahead(days=7), "starts": "2099-08-01", "ends": "2099-07-01"}, "ends"),
            ({"deadline": ahead(days=7), "starts": 4070908800}, "starts"),
            ({}, "deadline"),
        ):
            await refused(give(api, application, "offer", body), 422, field)
    with subtests.test("an interview that makes no sense"):
        slot = slots(2)["slots"][0]
        for one_slot, field in (
            (slot | {"ends": slot["starts"]}, "slots.0.ends"),
            (slot | {"starts": ahead(days=-2)}, "slots.0.starts"),
            (slot | {"place": None}, "slots.0.place"),
            (slot | {"url": "http://user@host/"}, "slots.0.url"),
        ):
            await refused(give(api, application, "interview", {"slots": [one_slot]}), 422, field)
        assert "needs it to be interview" in await refused(give(api, application, "pick-slot", {"slot": 0}), 409)
    assert await ok(api.get(f"/applications/{application['id']}")) == application
    with subtests.test("an offer to somebody who withdrew"):
        withdrawn = await ok(give(api, application, "withdraw"))
        assert await ok(give(api, withdrawn, "withdraw")) == withdrawn
        assert await ok(api.post(f"/applications/{application['id']}/withdraw")) == withdrawn
        detail = await refused(give(api, withdrawn, "offer", {"deadline": ahead(days=7)}), 409)
        assert detail == "the application is withdrawn; only the attendee can take this up again, by applying again"
    again = await api.put(path("ada", "l1"), json=LETTER)
    assert (again.status_code, again.json()["attempt"], again.json()["version"]) == (200, 2, 3)


@pytest.mark.parametrize("hostile", ["$ne", "a.b", "../rounds", "%00", "x" * 200, "{}", "é"])
async def test_ids_are_taken_literally_or_refused(api: httpx.AsyncClient, hostile: str) -> None:
    application = await apply(api)
    headers = {"if-match": '"1"'}
    quoted = re.sub("[^A-Za-z0-9.$%]", lambda found: f"%{ord(found[0]):02X}", hostile)
    for method, where, body in (
        ("GET", f"/applications/{quoted}", None),
        ("POST", f"/applications/{quoted}/screen", None),
        ("POST", f"/applications/{quoted}/withdraw", None),
        ("GET", f"/attendees/{quoted}/applications", None),
        ("GET", path(quoted, "l1") + "/preview", None),
        ("PUT", path(quoted, "l1"), LETTER),
        ("PUT", path("ada", quoted), LETTER),
        ("GET", f"/applications?listing_id={quoted}", None),
        ("GET", f"/applications?after={quoted}", None),
        ("GET", f"/applications?state={quoted}", None),
    ):
        answer = await api.request(method, where, json=body, headers=headers)
        assert answer.status_code in (200, 404, 405, 409, 412, 422), (method, where, answer.text)
        if answer.status_code == 200 and "items" in answer.json():
            assert answer.json() == {"items": [], "next": None} or "after=" in where
    assert await ok(api.get(f"/applications/{application['id']}")) == application


# Time and erasure


async def in_every_state(api: httpx.AsyncClient, kafka: Kafka) -> dict[str, str]:
    """An attendee for each state of applications. Returns the ids of their applications."""
    states = get_args(State)
    for state in states:
        await profiled(kafka, f"the-{state}")
    await publish_listing(kafka, "wide", organization_id="o1", conditions=SUMMER, capacity=20)
    await settled(kafka)
    deadline = {"deadline": ahead(days=7)}
    way: dict[str, list[tuple[str, Any]]] = {
        "submitted": [],
        "screening": [("screen", None)],
        "interview": [("interview", slots(2))],
        "offered": [("offer", deadline)],
        "accepted": [("offer", deadline), ("accept", None)],
        "declined": [("offer", deadline), ("decline", None)],
        "lapsed": [("offer", deadline)],
        "rescinded": [("offer", deadline), ("rescind", None)],
        "rejected": [("reject", None)],
        "withdrawn": [("withdraw", None)],
        "closed": [],
        "superseded": [],
    }
    ids = {}
    for state in states:
        application = await apply(api, f"the-{state}", "wide")
        for command, body in way[state]:
            application = await ok(give(api, application, command, body))
        ids[state] = application["id"]
    past = datetime(2020, 1, 1, tzinfo=UTC)
    async with database_of("matching") as database:
        for state, field in (("lapsed", "offer.deadline"), ("closed", "answer_by")):
            await database.db["applications"].update_one({"_id": ids[state]}, {"$set": {field: past.isoformat(), "due": past}})
    other = await offered(api, "the-superseded", "l1")
    await ok(give(api, other, "accept"))
    for state, id in ids.items():

        async def is_so(id: str = id, state: str = state) -> bool:
            return bool((await ok(api.get(f"/applications/{id}")))["state"] == state)

        await until(is_so)
    return ids


async def test_an_erasure_in_any_state_leaves_nothing_behind(api: httpx.AsyncClient, kafka: Kafka) -> None:
    ids = await in_every_state(api, kafka)
    for state in ids:
        await ok(api.get(path(f"the-{state}", "l4") + "/preview"))
    (other,) = (one["id"] for one in await applications_of(api, "the-superseded") if one["listing_id"] == "l1")
    written = ["Ada Lovelace", "to map stars", "ada.example"]
    words = [*(f"the-{state}" for state in ids), *ids.values(), other, *written]

    async def found() -> dict[str, set[str]]:
        """The collections in which each word is. The audit says for 90 days for whom requests were, but not what was written."""
        where: dict[str, set[str]] = {}
        async with database_of("matching") as database:
            for name in await database.db.list_collection_names():
                async for document in database.db[name].find():
                    text = str(document)
                    for word in written if name == "audit" else words:
                        if word in text:
                            where.setdefault(word, set()).add(name)
        return where

    assert {"applications", "openings", "placements", "seats", "candidates"} <= {
        name for names in (await found()).values() for name in names
    }
    for state in ids:
        await kafka.send("registration.profiles", None, key=f"the-{state}")
    await kafka.no_lag("registration.profiles", "matching.candidates")

    async def is_nothing_left() -> bool:
        return not await found()

    await until(is_nothing_left)  # the outbox has the tombstones until they are published
    for topic, keys in (("matching.applications", {*ids.values(), other}), ("matching.placements", {ids["accepted"], other})):
        last = {record.key.decode(): record.value for record in await kafka.read(topic, until=partial(erased, keys))}
        assert not any(last[key] for key in keys)
    for id in ids.values():
        await refused(api.get(f"/applications/{id}"), 404)
    await kafka.read("matching.seats", until=lambda seen: seats_of("wide", seen) == (0, 0))


def erased(keys: set[str], records: list[Any]) -> bool:
    """Whether each of these keys has a tombstone."""
    return keys <= {record.key.decode() for record in records if record.value is None}


def seats_of(listing: str, records: list[Any]) -> tuple[int, int] | None:
    """How many of the listing's seats are placed and offered, as last published."""
    seats = [json.loads(record.value) for record in records if record.key.decode() == listing]
    return (seats[-1]["placed"], seats[-1]["offered"]) if seats else None
