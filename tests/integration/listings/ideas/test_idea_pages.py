"""``/my-ideas`` and what hosts see of ideas: propose, ask, agree, decline, take back."""

import json
import re
from typing import Any

import httpx
import pytest

from support.answers import ok
from support.kafka import Kafka, cloud_event
from support.published import publish_profile
from support.sessions import sign_in

ADA, BOB = "a" * 32, "b" * 32
IDEA: dict[str, Any] = {
    "title": "Find <variable> stars",
    "text": "In old plates.",
    "skills": "NumPy, Astropy",
    "conference_ids": "c1",
}
DESK = "/desk-listings/acme/ideas"


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """Two attendees of a conference with two hosts."""
    conference = {"conference_id": "c1", "version": 1, "name": "PyConf <1>", "starts": "2026-07-08", "ends": "2026-07-10"}
    session = {"id": "s1", "title": "Old plates", "topics": [], "skills": ["NumPy"]}
    event = cloud_event("registration.conference.scheduled.v1")
    await kafka.send("registration.conferences", conference | {"sessions": [session]}, event, key="c1")
    await kafka.no_lag("registration.conferences", "listings.conferences")
    for id in ("acme", "beta"):
        await ok(api.put(f"/organizations/{id}", json={"name": f"{id} & co", "conference_ids": ["c1"]}))
        await ok(api.put(f"/organizations/{id}/mentors/m", json={"name": id, "email": f"{id}@example.org", "admin": True}))
    for attendee in (ADA, BOB):
        await publish_profile(kafka, attendee, conference_ids=["c1"])
    await kafka.no_lag("registration.profiles", "listings.authors")
    return api


@pytest.fixture
async def ada(api: httpx.AsyncClient) -> dict[str, str]:
    return await sign_in("listings", ADA) | {"accept": "text/html"}


async def admin(api: httpx.AsyncClient, host: str = "acme") -> dict[str, str]:
    person = (await ok(api.get(f"/organizations/{host}/mentors/m")))["person_id"]
    return await sign_in("listings", person) | {"accept": "text/html"}


async def read(api: httpx.AsyncClient, who: dict[str, str], path: str, status: int = 200) -> str:
    answer = await api.get(path, headers=who)
    assert answer.status_code == status, answer.text
    return answer.text


async def send(api: httpx.AsyncClient, who: dict[str, str], path: str, status: int = 303, **fields: Any) -> str:
    answer = await api.post(path, data=fields, headers=who)
    assert answer.status_code == status, answer.text
    return answer.headers.get("location", "") if status == 303 else answer.text


async def asked(api: httpx.AsyncClient, ada: dict[str, str], *hosts: str) -> None:
    """Ada's idea, for which these hosts ask."""
    await send(api, ada, "/my-ideas/stars", **IDEA)
    for host in hosts:
        who = await admin(api, host)
        page = await read(api, who, f"/desk-listings/{host}/ideas")
        [path] = re.findall(r'action="(/desk-listings/[^"]*/ask)"', page)
        [version] = re.findall(r'name="version" value="(\d+)"', page)
        assert await send(api, who, path, version=version) == f"/desk-listings/{host}/ideas?done=asked"


async def test_an_attendee_proposes_changes_and_takes_back_an_idea(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    assert "No ideas yet" in await read(api, ada, "/my-ideas")
    page = await read(api, ada, "/my-ideas/new")
    assert "PyConf &lt;1&gt;" in page
    assert "Old plates (PyConf &lt;1&gt;)" in page
    assert await send(api, ada, "/my-ideas/stars", **IDEA, session="c1/s1") == "/my-ideas/stars?done=proposed"
    await send(api, ada, "/my-ideas/stars", **IDEA, session="c1/s1")  # sent twice
    page = await read(api, ada, "/my-ideas")
    assert page.count("Find &lt;variable&gt; stars") == 1
    assert "Hosts see it" in page
    await send(api, ada, "/my-ideas/stars", **IDEA | {"title": "Other stars"})
    assert (await ok(api.get(f"/attendees/{ADA}/ideas/stars")))["skills"] == ["NumPy", "Astropy"]
    id = (await ok(api.get(f"/attendees/{ADA}/ideas/stars")))["id"]
    assert 'action="/my-ideas/stars"' in await read(api, ada, f"/my-ideas/{id}"), "as in mails"
    assert await send(api, ada, f"/my-ideas/{id}", **IDEA | {"title": "Other stars"}) == "/my-ideas/stars?done=proposed"
    await send(api, ada, "/my-ideas/stars/withdraw")
    assert "Withdrawn" in await read(api, ada, "/my-ideas/stars")
    assert "Deine Ideen" in await read(api, ada | {"accept-language": "de"}, "/my-ideas")
    exported = json.loads(await read(api, ada, "/my-ideas/export"))
    assert [(one["proposal"]["title"], one["state"]) for one in exported["ideas"]] == [("Other stars", "withdrawn")]
    posts = json.loads(await read(api, await admin(api), "/my-ideas/export"))
    assert (posts["ideas"], [one["organization_id"] for one in posts["posts"]]) == ([], ["acme"])


async def test_what_is_wrong_is_said_and_what_was_typed_stays(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    page = await send(api, ada, "/my-ideas/stars", 422, text="Look <here>", conference_ids="c1")
    assert 'id="fault-title"' in page
    assert "Look &lt;here&gt;" in page
    page = await send(api, ada, "/my-ideas/stars", 422, **IDEA | {"conference_ids": "c9"})
    assert "did not take part" in page


async def test_a_host_asks_and_the_author_agrees(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    await asked(api, ada, "acme", "beta")
    turn = await read(api, ada | {"hx-request": "true"}, "/my-ideas/turn")
    assert "2 hosts ask to adopt your idea." in turn
    assert 'href="/my-ideas/stars"' in turn
    assert "<html" not in turn, "a part of another page"
    page = await read(api, ada, "/my-ideas/stars")
    assert "acme &amp; co" in page
    stale = await send(api, ada, "/my-ideas/stars/agree", 412, organization_id="acme", version=1)
    assert "has changed" in stale
    changed = await send(api, ada, "/my-ideas/stars", 409, **IDEA | {"title": "Mine", "text": "Long <text>"})
    assert "Decline them in another tab" in changed
    assert 'value="Mine"' in changed
    assert "Long &lt;text&gt;</textarea>" in changed
    assert await send(api, ada, "/my-ideas/stars/decline", organization_id="beta", version=3) == "/my-ideas/stars?done=declined"
    assert "The author declined" in await read(api, await admin(api, "beta"), "/desk-listings/beta/ideas")
    await send(api, ada, "/my-ideas/stars/agree", organization_id="acme", version=4)
    await send(api, ada, "/my-ideas/stars/agree", organization_id="acme", version=4)  # sent twice
    page = await read(api, ada, "/my-ideas/stars?done=agreed")
    assert "/internships/idea-" in page
    assert "/withdraw" not in page
    await send(api, ada, "/my-ideas/stars/withdraw", 409)
    await send(api, ada, "/my-ideas/stars/give-way")
    [listing] = (await ok(api.get("/listings")))["items"]
    assert (listing["organization_id"], listing["title"]) == ("acme", IDEA["title"])


async def test_a_host_takes_its_question_back(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    await asked(api, ada, "acme")
    who = await admin(api)
    page = await read(api, who, DESK)
    [path] = re.findall(r'action="(/desk-listings/[^"]*/take-back)"', page)
    await send(api, who, path, version=2)
    assert (await ok(api.get(f"/attendees/{ADA}/ideas/stars")))["asked_by"] == []


async def test_what_belongs_to_others_does_not_exist(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    await asked(api, ada, "acme")
    bob = await sign_in("listings", BOB) | {"accept": "text/html"}
    for known in ("stars", (await ok(api.get(f"/attendees/{ADA}/ideas/stars")))["id"]):
        await read(api, bob, f"/my-ideas/{known}", 404)
    assert "stars" not in await read(api, bob, "/my-ideas")
    for command in ("agree", "decline", "withdraw", "give-way"):
        await send(api, bob, f"/my-ideas/stars/{command}", 404, organization_id="acme", version=2)
    await read(api, await admin(api, "beta"), DESK, 404)
    await read(api, bob, DESK, 403)
