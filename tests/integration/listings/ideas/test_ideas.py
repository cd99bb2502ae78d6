"""Ideas on real servers: attendees propose within limits, hosts ask, and authors answer one of them."""

import asyncio
import json

import httpx
import pytest

from listings.ideas.use_cases import MOST_IDEAS, MOST_LIVE
from listings.main import create_app
from listings.settings import Settings
from shared.database.mongo import Database
from support.answers import ok, refused
from support.copied_keys import keyed
from support.ideas import ADA, BOB, IDEA, STARS, asked, attended, command, proposed, told
from support.kafka import Kafka
from support.serving import serving

pytestmark = pytest.mark.usefixtures("often", "four_hosts")


async def test_an_idea_becomes_the_draft_of_the_host_that_asked_and_credits_its_author(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    made = await api.put(STARS, json=IDEA)
    idea = made.json()
    assert (made.status_code, made.headers["etag"], idea["state"]) == (201, '"1"', "proposed")
    again = await api.put(STARS, json=IDEA)
    assert (again.status_code, again.json()) == (200, idea)

    (seen,) = (await ok(api.get("/organizations/acme/ideas")))["items"]
    assert {name: seen[name] for name in IDEA} == IDEA
    assert ADA not in json.dumps(seen), "a host learns whose idea it is by adopting it"
    (await command(api, f"/organizations/acme/ideas/{idea['id']}/ask", 1)).raise_for_status()
    assert (await ok(api.get(STARS)))["asked_by"] == ["acme"]
    agreed = await command(api, f"{STARS}/agree", 2, organization_id="acme")
    adopted = agreed.json()
    assert (agreed.headers["etag"], adopted["state"], adopted["organization_id"]) == ('"3"', "adopted", "acme")

    path = f"/listings/{adopted['listing_id']}"
    draft = await ok(api.get(path))
    assert (draft["status"], draft["organization_id"], draft["credited_to"], draft["capacity"]) == ("draft", "acme", ADA, 1)
    assert (draft["title"], draft["description"], draft["skills"]) == (IDEA["title"], IDEA["text"], IDEA["skills"])
    assert (await ok(api.get(f"/organizations/acme/ideas/{idea['id']}")))["listing_id"] == adopted["listing_id"]
    # The host goes on as with any other draft; the author stays credited.
    details = {"organization_id": "acme", "title": "Star maps", "capacity": 2}
    await ok(api.put(path, json=details))
    await ok(api.post(f"{path}/publish"))
    (listing,) = await kafka.events("listings.listings", 1)
    assert (listing["listing_id"], listing["idea_author_id"], listing["title"]) == (adopted["listing_id"], ADA, "Star maps")
    events = await told(kafka, 3)
    assert [(one["state"], one["asked_by"], one["listing_id"]) for one in events] == [
        ("proposed", [], None),
        ("asked", ["acme"], None),
        ("adopted", [], adopted["listing_id"]),
    ]
    assert {one["attendee_id"] for one in events} == {ADA}
    assert not any(IDEA["text"] in json.dumps(one) for one in events), "what the author wrote stays here"


async def test_ideas_come_in_pages(api: httpx.AsyncClient) -> None:
    for n in range(5):
        await proposed(api, f"/attendees/{ADA}/ideas/i{n}")
    own = await ok(api.get(f"/attendees/{ADA}/ideas", params={"limit": 3}))
    assert ([one["key"] for one in own["items"]], own["next"]) == (["i0", "i1", "i2"], "i2")
    rest = await ok(api.get(f"/attendees/{ADA}/ideas", params={"after": "i2"}))
    assert ([one["key"] for one in rest["items"]], rest["next"]) == (["i3", "i4"], None)
    seen: list[str] = []
    after = None
    while after is not None or not seen:
        page = await ok(api.get("/organizations/acme/ideas", params={"limit": 2} | ({"after": after} if after else {})))
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
    assert seen == sorted(seen)
    assert len(set(seen)) == 5


async def test_a_command_needs_the_version_that_its_sender_saw_and_may_come_twice(api: httpx.AsyncClient) -> None:
    idea = await proposed(api)
    ask = f"/organizations/acme/ideas/{idea['id']}/ask"
    assert "is missing" in await refused(command(api, ask), 428, "If-Match")
    first = await command(api, ask, 1)
    again = await command(api, ask, 1)
    assert (first.status_code, first.json(), first.headers["etag"]) == (200, again.json(), again.headers["etag"])
    stale = await refused(command(api, f"/organizations/beta/ideas/{idea['id']}/ask", 1), 412)
    assert stale == "the idea has changed: you saw version 1, it is at version 2; get it again, then decide"
    await refused(api.post(ask, headers={"if-match": "2"}), 412, "If-Match")
    for answer in ("agree", "decline"):
        await refused(command(api, f"{STARS}/{answer}", organization_id="acme"), 428, "If-Match")
        await refused(command(api, f"{STARS}/{answer}", 1, organization_id="acme"), 412)
    adopted = [await ok(command(api, f"{STARS}/agree", 2, organization_id="acme")) for _ in range(2)]
    assert adopted[0] == adopted[1], "one listing, however often the answer was lost"
    assert len((await ok(api.get("/listings")))["items"]) == 1


async def test_of_many_hosts_that_ask_the_author_chooses_one(api: httpx.AsyncClient, kafka: Kafka) -> None:
    idea = await asked(api, "acme", "beta")
    assert idea["asked_by"] == ["acme", "beta"]
    path = f"/organizations/{{}}/ideas/{idea['id']}"
    for host in ("acme", "beta"):
        seen = await ok(api.get(path.format(host)))
        assert (seen["asked"], "beta" in json.dumps(seen) and host == "acme") == (True, False), "who else asks is not shown"
    await ok(command(api, f"{STARS}/decline", 3, organization_id="acme"))
    assert "declined this organization" in await refused(command(api, f"{path.format('acme')}/ask", 4), 409)
    await refused(command(api, f"{STARS}/agree", 4, organization_id="acme"), 409)
    await ok(command(api, f"{path.format('beta')}/take-back", 4))
    assert (await ok(api.get(STARS)))["state"] == "proposed"
    await ok(command(api, f"{path.format('beta')}/ask", 5))
    await ok(command(api, f"{STARS}/agree", 6, organization_id="beta"))
    await refused(api.get(path.format("acme")), 404)
    assert "it is now a listing of its host" in await refused(command(api, f"{STARS}/withdraw"), 409)
    assert "propose another one" in await refused(api.put(STARS, json=IDEA), 409)
    events = await told(kafka, 7)
    assert [one["state"] for one in events] == [*("proposed", "asked", "asked", "asked", "proposed", "asked"), "adopted"]


async def test_of_two_answers_at_once_one_wins(api: httpx.AsyncClient) -> None:
    await asked(api, "acme", "beta")
    async with serving(create_app(Settings())) as second:
        await keyed(second, "listings")
        answers = await asyncio.gather(
            command(api, f"{STARS}/agree", 3, organization_id="acme"),
            command(second, f"{STARS}/agree", 3, organization_id="beta"),
        )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    (listing,) = (await ok(api.get("/listings")))["items"]
    assert listing["organization_id"] == ("acme" if answers[0].status_code == 200 else "beta")


async def test_a_host_that_left_the_conference_does_not_get_the_idea(api: httpx.AsyncClient) -> None:
    await asked(api, "acme")
    await ok(api.put("/organizations/acme", json={"name": "acme", "conference_ids": []}))
    detail = await refused(command(api, f"{STARS}/agree", 2, organization_id="acme"), 409)
    assert detail.endswith("decline it")
    assert (await ok(command(api, f"{STARS}/decline", 2, organization_id="acme")))["state"] == "proposed"
    assert (await ok(api.get("/listings")))["items"] == []


async def test_what_cannot_be_proposed_is_refused_and_nothing_is_kept(api: httpx.AsyncClient, kafka: Kafka) -> None:
    for changes, field in (
        ({"conference_ids": ["c1", "c9"]}, "conference_ids"),
        ({"session": {"conference_id": "c9", "session_id": "s1"}}, "session"),
        ({"conference_ids": []}, "conference_ids"),
        ({"text": "a\x1b[31mred"}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"title": "two\nlines"}, "title"),
        ({"name": "Ada"}, "name"),
    ):
        await refused(api.put(STARS, json=IDEA | changes), 422, field)
    assert (await api.put(STARS, json=IDEA | {"text": "x" * 10_000_000})).status_code == 413
    stranger = f"/attendees/{'c' * 32}/ideas/stars"
    assert "agreed to be matched" in await refused(api.put(stranger, json=IDEA), 404)
    await attended(kafka, ADA, version=2)  # no longer agrees
    await refused(api.put(STARS, json=IDEA), 404)
    await refused(api.get(STARS), 404)
    await refused(command(api, f"{STARS}/withdraw"), 404)
    assert await kafka.lag("listings.ideas", "nobody") == 0


async def test_an_attendee_has_a_limited_number_of_ideas_even_at_once(api: httpx.AsyncClient) -> None:
    database = Database("listings", Settings())
    try:
        await proposed(api, f"/attendees/{ADA}/ideas/i0")
        document = await database.db["ideas"].find_one({})
        assert document
        copies = [document | {"_id": f"x{n}", "key": f"x{n}", "state": "withdrawn"} for n in range(MOST_IDEAS - 2)]
        await database.db["ideas"].insert_many(copies)
        async with serving(create_app(Settings())) as second:
            await keyed(second, "listings")
            answers = await asyncio.gather(
                *((api, second)[n % 2].put(f"/attendees/{ADA}/ideas/last{n}", json=IDEA) for n in range(4))
            )
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        await ok(api.put(f"/attendees/{ADA}/ideas/i0", json=IDEA | {"title": "Other"}))
        await ok(api.put(f"/attendees/{BOB}/ideas/i0", json=IDEA))
    finally:
        database.close()


async def test_hosts_see_a_limited_number_of_ideas_of_one_attendee(api: httpx.AsyncClient) -> None:
    for n in range(MOST_LIVE):
        await proposed(api, f"/attendees/{ADA}/ideas/i{n}")
    assert "withdraw one of them first" in await refused(api.put(STARS, json=IDEA), 409)
    await ok(api.put(f"/attendees/{ADA}/ideas/i0", json=IDEA | {"title": "Other"}))
    await ok(command(api, f"/attendees/{ADA}/ideas/i1/withdraw"))
    await proposed(api)
    await refused(api.put(f"/attendees/{ADA}/ideas/i1", json=IDEA), 409)
