"""Ideas on real servers: attendees propose, hosts ask, authors answer, and others are told by events."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from listings.ideas.use_cases import MOST_IDEAS, MOST_LIVE
from listings.main import create_app
from listings.settings import Settings
from shared.database.mongo import Database
from support.answers import ok, refused
from support.copied_keys import copy_key, keyed
from support.kafka import Kafka
from support.keys import bearer
from support.patience import until
from support.published import publish_profile
from support.serving import serving
from support.sessions import sign_in

ADA, BOB = "a" * 32, "b" * 32
STARS = f"/attendees/{ADA}/ideas/stars"
IDEA: dict[str, Any] = {
    "title": "Faster star maps",
    "text": "One.\n\nTwo.",
    "skills": ["NumPy"],
    "session": {"conference_id": "c1", "session_id": "s1"},
    "conference_ids": ["c1"],
}


@pytest.fixture
def environment(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The service looks often for ideas whose time is up."""
    monkeypatch.setenv("DEADLINE_SECONDS", "0.1")
    return environment


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """Two attendees of conferences; three hosts of one of these, of which one is not approved, and one of another."""
    for id, conference, approved in (("acme", "c1", True), ("beta", "c1", True), ("new", "c1", False), ("far", "c9", True)):
        host = {"name": id, "conference_ids": [conference], "approved": approved}
        await ok(api.put(f"/organizations/{id}", json=host))
    await attended(kafka, ADA, "c1", "c2")
    await attended(kafka, BOB, "c1")
    return api


async def attended(kafka: Kafka, id: str, *conference_ids: str, version: int = 1) -> None:
    await publish_profile(kafka, id, version, conference_ids=conference_ids)
    await kafka.no_lag("registration.profiles", "listings.authors")


async def erase(kafka: Kafka, id: str) -> None:
    await kafka.send("registration.profiles", None, key=id)
    await kafka.no_lag("registration.profiles", "listings.authors")


async def proposed(api: httpx.AsyncClient, path: str = STARS, **changes: Any) -> dict[str, Any]:
    idea: dict[str, Any] = await ok(api.put(path, json=IDEA | changes))
    return idea


async def command(api: httpx.AsyncClient, path: str, seen: int | None = None, **body: Any) -> httpx.Response:
    headers = {} if seen is None else {"if-match": f'"{seen}"'}
    return await api.post(path, json=body or None, headers=headers)


async def asked(api: httpx.AsyncClient, *hosts: str) -> dict[str, Any]:
    """Ada's idea, for which these hosts asked one after the other."""
    idea = await proposed(api)
    for host in hosts:
        seen = (await ok(api.get(STARS)))["version"]
        await ok(command(api, f"/organizations/{host}/ideas/{idea['id']}/ask", seen))
    return dict(await ok(api.get(STARS)))


async def told(kafka: Kafka, version: int) -> list[dict[str, Any]]:
    """The events of Ada's idea up to this version."""
    events = await kafka.events(
        "listings.ideas", until=lambda seen: any(json.loads(one.value)["version"] >= version for one in seen)
    )
    return list({one["version"]: one for one in events}.values())


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


async def test_hosts_see_ideas_of_their_own_conferences_only_and_once_they_are_approved(api: httpx.AsyncClient) -> None:
    idea = await proposed(api, conference_ids=["c1", "c2"])
    for host, sees in (("acme", True), ("beta", True), ("new", False), ("far", False)):
        items = (await ok(api.get(f"/organizations/{host}/ideas")))["items"]
        assert [one["id"] for one in items] == [idea["id"]] * sees, host
        assert all(one["conference_ids"] == ["c1"] for one in items), "the other is no business of theirs"
        if not sees:
            path = f"/organizations/{host}/ideas/{idea['id']}"
            detail = await refused(api.get(path), 404)
            assert detail == f"there is no idea {idea['id']!r}" == await refused(command(api, f"{path}/ask", 1), 404)
    assert (await ok(api.get("/organizations/acme/ideas", params={"conference_id": "c2"})))["items"] == []
    await ok(command(api, f"{STARS}/withdraw"))
    assert (await ok(api.get("/organizations/acme/ideas")))["items"] == []
    await refused(api.get(f"/organizations/acme/ideas/{idea['id']}"), 404)


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
    assert "it is a listing of the host" in await refused(command(api, f"{STARS}/withdraw"), 409)
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


async def test_an_idea_is_hidden_from_hosts_while_its_author_does_not_agree_to_be_matched(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    idea = await asked(api, "acme")
    path = f"/organizations/acme/ideas/{idea['id']}"
    await attended(kafka, ADA, version=2)  # no longer agrees
    assert (await ok(api.get("/organizations/acme/ideas")))["items"] == []
    for refusal in (
        api.get(path),
        command(api, f"{path}/take-back", 2),
        command(api, f"/organizations/beta/ideas/{idea['id']}/ask", 3),
    ):
        await refused(refusal, 404)
    own = await ok(api.get(STARS))
    assert (own["state"], own["shown_in"], own["asked_by"], own["version"]) == ("asked", [], ["acme"], 3)
    assert "no longer takes part" in await refused(command(api, f"{STARS}/agree", 3, organization_id="acme"), 409)
    await attended(kafka, ADA, "c1", version=3)
    assert (await ok(api.get(path)))["asked"] is True
    await attended(kafka, ADA, "c2", version=4)  # the attendance at c1 was taken back
    await refused(api.get(path), 404)
    events = await told(kafka, 5)
    assert [one["conference_ids"] for one in events] == [["c1"], ["c1"], [], ["c1"], []]


async def test_ideas_and_credit_follow_whoever_is_merged_and_return_after_a_split(api: httpx.AsyncClient, kafka: Kafka) -> None:
    kept = "d" * 32
    await asked(api, "acme")
    adopted = await ok(command(api, f"{STARS}/agree", 2, organization_id="acme"))
    listing = f"/listings/{adopted['listing_id']}"
    maps = await proposed(api, f"/attendees/{ADA}/ideas/maps")
    await attended(kafka, kept, "c1")
    await proposed(api, f"/attendees/{kept}/ideas/maps", title="Another one")
    for _ in range(2):
        await publish_profile(kafka, ADA, 2, merged_into=kept)
    await attended(kafka, kept, "c1", "c2", version=2)
    theirs = (await ok(api.get(f"/attendees/{kept}/ideas")))["items"]
    assert [one["key"] for one in theirs] == ["maps", f"maps~{maps['id'][:12]}", "stars"]
    assert (await ok(api.get(f"/attendees/{ADA}/ideas")))["items"] == []
    assert (await ok(api.get(f"/attendees/{kept}/ideas/stars")))["listing_id"] == adopted["listing_id"]
    assert len((await ok(api.get("/organizations/beta/ideas")))["items"]) == 2, "hosts see them still"
    assert (await ok(api.get(listing)))["credited_to"] == kept
    await ok(api.post(f"{listing}/publish"))
    assert (await ok(api.get(listing)))["author_only_until"], "before the publication, it went over to the new id"
    await attended(kafka, ADA, "c1", "c2", version=3)
    assert [one["key"] for one in (await ok(api.get(f"/attendees/{ADA}/ideas")))["items"]] == ["maps", "stars"]
    assert [one["title"] for one in (await ok(api.get(f"/attendees/{kept}/ideas")))["items"]] == ["Another one"]
    split = await ok(api.get(listing))
    assert (split["credited_to"], split["author_only_until"]) == (ADA, None)
    # An erasure has a tombstone for each of a person's ids.
    await publish_profile(kafka, ADA, 4, merged_into=kept)
    await erase(kafka, ADA)
    assert [one["key"] for one in (await ok(api.get(f"/attendees/{kept}/ideas")))["items"]] == ["maps"]
    await erase(kafka, kept)
    assert (await ok(api.get(f"/attendees/{kept}/ideas")))["items"] == []
    assert (await ok(api.get(listing)))["credited_to"] is None


async def test_the_author_gives_way_or_everybody_may_apply_after_some_days(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await asked(api, "acme")
    assert "there is no listing yet" in await refused(command(api, f"{STARS}/give-way"), 409)
    adopted = await ok(command(api, f"{STARS}/agree", 2, organization_id="acme"))
    listing = f"/listings/{adopted['listing_id']}"
    await ok(api.post(f"{listing}/publish"))
    published = await ok(api.get(listing))
    assert datetime.fromisoformat(published["author_only_until"]) - datetime.now(UTC) > timedelta(days=6)
    assert not adopted["gave_way"]
    for _ in range(2):
        given = await ok(command(api, f"{STARS}/give-way"))
        assert (given["gave_way"], given["version"]) == (True, adopted["version"] + 1)
    after = await ok(api.get(listing))
    assert (after["author_only_until"], after["version"], after["credited_to"]) == (None, 2, ADA)
    database = Database("listings", Settings())
    try:
        past = {"author_first": True, "author_only_until": datetime.now(UTC) - timedelta(seconds=1)}
        await database.db["listings"].update_one({"_id": adopted["listing_id"]}, {"$set": past})
    finally:
        database.close()

    async def open_to_all() -> bool:
        return (await ok(api.get(listing)))["author_only_until"] is None

    await until(open_to_all)
    events = await kafka.events("listings.listings", 2)
    assert [one["author_only_until"] is None for one in events[:2]] == [False, True]


async def test_an_author_who_no_longer_agrees_lets_everybody_apply(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await asked(api, "acme")
    adopted = await ok(command(api, f"{STARS}/agree", 2, organization_id="acme"))
    listing = f"/listings/{adopted['listing_id']}"
    await ok(api.post(f"{listing}/publish"))
    await attended(kafka, ADA, version=2)
    assert (await ok(api.get(listing)))["author_only_until"] is None


async def test_an_idea_whose_time_is_up_expires_and_can_be_proposed_again(api: httpx.AsyncClient, kafka: Kafka) -> None:
    idea = await asked(api, "acme")
    database = Database("listings", Settings())
    try:
        await database.db["ideas"].update_one({"_id": idea["id"]}, [{"$set": {"expires_at": "$proposed_at"}}])
    finally:
        database.close()

    async def expired() -> bool:
        return bool((await ok(api.get(STARS)))["state"] == "expired")

    await until(expired)
    await refused(api.get(f"/organizations/acme/ideas/{idea['id']}"), 404)
    assert (await ok(command(api, f"{STARS}/withdraw")))["state"] == "expired"
    again = await proposed(api)
    assert (again["state"], again["version"], again["asked_by"]) == ("proposed", 4, [])
    assert [one["state"] for one in await told(kafka, 4)] == ["proposed", "asked", "expired", "proposed"]


async def test_an_erasure_deletes_ideas_and_the_credit_for_listings(
    environment: dict[str, str], api: httpx.AsyncClient, kafka: Kafka
) -> None:
    await asked(api, "acme")
    adopted = await ok(command(api, f"{STARS}/agree", 2, organization_id="acme"))
    listing = f"/listings/{adopted['listing_id']}"
    await ok(api.post(f"{listing}/publish"))
    await proposed(api, f"/attendees/{ADA}/ideas/other")
    kept = await proposed(api, f"/attendees/{BOB}/ideas/stars")
    for _ in range(2):
        await erase(kafka, ADA)
    await refused(api.get(STARS), 404)
    assert [one["id"] for one in (await ok(api.get("/organizations/acme/ideas")))["items"]] == [kept["id"]]
    left = await ok(api.get(listing))
    assert (left["credited_to"], left["status"], left["version"]) == (None, "published", 2)
    events = await kafka.events("listings.listings", 2)
    assert [one["idea_author_id"] for one in events] == [ADA, None]
    records = await kafka.read("listings.ideas", until=lambda seen: sum(one.value is None for one in seen) >= 2)
    assert {one.key for one in records if one.value is None} == {
        one.key for one in records if one.value and ADA.encode() in one.value
    }
    database = Database("listings", Settings())
    try:
        for name in await database.db.list_collection_names():
            async for document in database.db[name].find():
                assert ADA not in str(document) or name in ("outbox", "audit", "instances"), (name, document)
    finally:
        database.close()
    await refused(api.put(STARS, json=IDEA), 404)
    # Whoever comes back begins anew.
    await attended(kafka, ADA, "c1", version=9)
    assert (await proposed(api))["version"] == 1


async def test_profiles_that_come_again_or_late_change_nothing(api: httpx.AsyncClient, kafka: Kafka) -> None:
    for version, conferences in ((3, ["c1", "c2", "c3"]), (2, ["c1"]), (3, ["c1"]), (4, ["c1", "c2", "c3"])):
        await attended(kafka, ADA, *conferences, version=version)
    await proposed(api, conference_ids=["c3"])


@pytest.fixture(params=["key", "admin"])
async def acme(api: httpx.AsyncClient, request: pytest.FixtureRequest) -> dict[str, str]:
    """The headers of who acts for the organization ``acme``: a key that is bound to it, or its admin, who is signed in."""
    if request.param == "key":
        return bearer(await copy_key("listings", ["ideas"], organization_id="acme"))
    mentor = "/organizations/acme/mentors/mel"
    await ok(api.put(mentor, json={"name": "Mel", "email": "mel@example.org", "admin": True}))
    return await sign_in("listings", (await ok(api.get(mentor)))["person_id"])


async def test_a_host_sees_and_asks_for_itself_only(api: httpx.AsyncClient, acme: dict[str, str]) -> None:
    idea = await proposed(api)
    ask = f"/organizations/acme/ideas/{idea['id']}/ask"
    (seen,) = (await ok(api.get("/organizations/acme/ideas", headers=acme)))["items"]
    assert seen["id"] == idea["id"]
    await ok(api.post(ask, headers=acme | {"if-match": '"1"'}))
    for path in ("/organizations/beta/ideas", f"/organizations/beta/ideas/{idea['id']}", "/organizations/none/ideas"):
        await refused(api.get(path, headers=acme), 404)
    await refused(api.post(ask.replace("acme", "beta"), headers=acme | {"if-match": '"2"'}), 404)
    # Nor does it act for attendees.
    for method, path in (("GET", STARS), ("PUT", STARS), ("POST", f"{STARS}/withdraw"), ("GET", f"/attendees/{ADA}/ideas")):
        answer = await api.request(method, path, json=IDEA if method == "PUT" else None, headers=acme)
        assert answer.status_code in (403, 404), (method, path, answer.text)
    assert (await ok(api.get(STARS)))["state"] == "asked"


async def test_an_attendee_who_is_signed_in_proposes_for_themselves_only(api: httpx.AsyncClient) -> None:
    ada = await sign_in("listings", ADA)
    await ok(api.put(STARS, json=IDEA, headers=ada))
    idea = await ok(api.get(STARS, headers=ada))
    bob = await sign_in("listings", BOB)
    for method, path in (("GET", STARS), ("PUT", STARS), ("POST", f"{STARS}/withdraw"), ("GET", f"/attendees/{ADA}/ideas")):
        detail = await refused(api.request(method, path, json=IDEA if method == "PUT" else None, headers=bob), 404)
        assert detail == f"there is no attendee {ADA!r}"
    for path in ("/organizations/acme/ideas", f"/organizations/acme/ideas/{idea['id']}"):
        assert (await api.get(path, headers=ada)).status_code in (403, 404), "attendees do not read what others propose"
    await ok(command(api, f"/organizations/acme/ideas/{idea['id']}/ask", 1))
    agreed = await api.post(f"{STARS}/agree", json={"organization_id": "acme"}, headers=ada | {"if-match": '"2"'})
    assert agreed.json()["state"] == "adopted"
