"""What becomes of an idea and of its author's credit when the author agrees no longer, is merged, is erased or lets time pass."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from listings.settings import Settings
from shared.database.mongo import Database
from support.answers import ok, refused
from support.ideas import ADA, BOB, IDEA, STARS, asked, attended, command, erase, proposed, told
from support.kafka import Kafka
from support.patience import until
from support.published import publish_profile

pytestmark = pytest.mark.usefixtures("often", "four_hosts")


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
    assert "there is no listing to apply for yet" in await refused(command(api, f"{STARS}/give-way"), 409)
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
