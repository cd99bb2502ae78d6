"""Applications over HTTP: the whole way to a placement, races, and what is wrong with a request."""

import asyncio
import json
import re
from typing import Any

import httpx
import pytest

from support.answers import ok, refused
from support.applications_api import (
    ATTENDEES,
    COMMANDS,
    LETTER,
    SUMMER,
    ahead,
    applications_of,
    apply,
    give,
    offered,
    path,
    settled,
    slots,
)
from support.kafka import Kafka
from support.published import publish_profile, withdraw_listing


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
        assert "already an application for this listing" in detail
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
        assert "is possible only while it is interview" in await refused(give(api, application, "pick-slot", {"slot": 0}), 409)
    assert await ok(api.get(f"/applications/{application['id']}")) == application
    with subtests.test("an offer to somebody who withdrew"):
        withdrawn = await ok(give(api, application, "withdraw"))
        assert await ok(give(api, withdrawn, "withdraw")) == withdrawn
        assert await ok(api.post(f"/applications/{application['id']}/withdraw")) == withdrawn
        detail = await refused(give(api, withdrawn, "offer", {"deadline": ahead(days=7)}), 409)
        assert detail == "the application is withdrawn; only the attendee can reopen it, by applying again"
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
