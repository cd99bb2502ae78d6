"""Seats that matching promises, taken over by the listings service on real servers."""

from typing import Any

import httpx
import pytest

from listings.main import create_app
from listings.settings import Settings
from shared.database.mongo import Database
from shared.messaging import dead_letters
from support.answers import ok
from support.copied_keys import keyed
from support.kafka import Kafka
from support.letters import read as letters_of
from support.published import publish_seats
from support.serving import serving

TOPIC = "matching.seats"


@pytest.fixture
async def api(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """The service knows an organization and two listings, both open."""
    await ok(api.put("/organizations/acme", json={"name": "Acme"}))
    for id, capacity in (("l1", 2), ("l2", 1)):
        await opened(api, id, capacity)
    return api


async def opened(api: httpx.AsyncClient, id: str, capacity: int) -> None:
    await ok(api.put(f"/listings/{id}", json=offer(id, capacity)))
    await ok(api.post(f"/listings/{id}/publish"))


def offer(id: str, capacity: int) -> dict[str, Any]:
    return {"organization_id": "acme", "title": id, "capacity": capacity}


async def applied(kafka: Kafka) -> None:
    await kafka.no_lag(TOPIC, "listings")


async def shown(api: httpx.AsyncClient, id: str) -> tuple[str, int, int, int, int, int]:
    listing = await ok(api.get(f"/listings/{id}"))
    return tuple(listing[name] for name in ("status", "seats", "placed", "offered", "moved", "over"))


async def test_a_seat_is_taken_once_however_often_it_is_told_and_free_again(api: httpx.AsyncClient, kafka: Kafka) -> None:
    for _ in range(3):
        await publish_seats(kafka, "l2", 1, placed=1)
    await applied(kafka)
    assert await shown(api, "l2") == ("filled", 0, 1, 0, 0, 0)
    told = await kafka.events("listings.listings", 3)
    assert [one["listing_id"] for one in told if one.get("reason") == "filled"] == ["l2"]
    await publish_seats(kafka, "l2", 2, placed=0)
    await publish_seats(kafka, "l2", 1, placed=1)  # again, late
    await applied(kafka)
    assert await shown(api, "l2") == ("published", 1, 0, 0, 0, 0)


async def test_offers_hold_seats_and_leave_the_listing_open(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await publish_seats(kafka, "l2", 1, placed=0, offered=1)
    await applied(kafka)
    assert await shown(api, "l2") == ("published", 1, 0, 1, 0, 0)
    await publish_seats(kafka, "l2", 2, placed=1, offered=0)
    await applied(kafka)
    assert await shown(api, "l2") == ("filled", 0, 1, 0, 0, 0)


async def test_a_listing_that_was_closed_since_gives_its_seats(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await ok(api.post("/listings/l1/close"))
    await publish_seats(kafka, "l1", 1, placed=1)
    await applied(kafka)
    assert await shown(api, "l1") == ("closed", 1, 1, 0, 0, 0)


async def test_more_promises_than_seats_are_no_dead_letter_but_shown(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await publish_seats(kafka, "l1", 1, placed=2, offered=1)
    await applied(kafka)
    assert await shown(api, "l1") == ("filled", 0, 2, 1, 0, 1)
    await ok(api.put("/listings/l1", json=offer("l1", 1)))
    assert await shown(api, "l1") == ("filled", 0, 2, 1, 0, 2)
    await publish_seats(kafka, "l1", 2, placed=1)
    await applied(kafka)
    assert await shown(api, "l1") == ("filled", 0, 1, 0, 0, 0)
    assert await kafka.lag("listings.dead-letters", "nobody") == 0


async def test_seats_of_a_listing_that_is_unknown_are_told_and_the_rest_applied(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await publish_seats(kafka, "nowhere", 1, placed=1)
    await publish_seats(kafka, "l1", 1, placed=1)
    (letter,) = await kafka.read("listings.dead-letters", 1)
    reason = dict(letter.headers)["dl_reason"].decode()
    assert reason.startswith("there is no listing 'nowhere'; create it (PUT /listings/nowhere)")
    assert reason.endswith("then send this record again (make dead-letters)")
    await applied(kafka)
    assert await shown(api, "l1") == ("published", 1, 1, 0, 0, 0)
    # Mended as the reason says, and sent again.
    await opened(api, "nowhere", 1)
    assert await dead_letters.replay(await letters_of(Settings(), ["listings"]), Settings()) == []
    await applied(kafka)
    assert await shown(api, "nowhere") == ("filled", 0, 1, 0, 0, 0)
    assert await letters_of(Settings(), ["listings"]) == []


async def test_an_unfilled_seat_moves_to_the_listing_that_filled_it(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await publish_seats(kafka, "l1", 1, placed=0, moved=-1)
    await publish_seats(kafka, "l2", 1, placed=2, moved=1)
    await applied(kafka)
    assert await shown(api, "l2") == ("filled", 0, 2, 0, 1, 0)
    assert await shown(api, "l1") == ("published", 1, 0, 0, -1, 0)
    # A host that sends its listing again changes nothing of that.
    await ok(api.put("/listings/l1", json=offer("l1", 2) | {"title": "again"}))
    assert await shown(api, "l1") == ("published", 1, 0, 0, -1, 0)
    events = [one for one in await kafka.events("listings.listings", 5) if one["listing_id"] == "l1"]
    assert [(one["seats"], one["capacity"]) for one in events] == [(2, 2), (1, 2), (1, 2)], "matching counts what moved itself"


async def test_who_has_seats_is_forgotten_at_the_start_but_not_how_many(
    environment: dict[str, str], api: httpx.AsyncClient
) -> None:
    """Release 0.1.0 stored the attendees of each listing, and the placements that matching had made."""
    database = Database("listings", Settings())
    try:
        document = await database.db["listings"].find_one({"_id": "l1"})
        assert document
        for name in ("placed", "offered", "seats_version", "closes_at"):
            del document[name]
        await database.db["listings"].replace_one({"_id": "l1"}, document | {"placements": ["a1", "a2"], "status": "filled"})
        await database.db["placements"].insert_one({"_id": "r1:a1", "version": 1, "attendee_id": "a1", "listing_id": "l1"})
        before = ("filled", 0, 2, 0, 0, 0)
        assert await shown(api, "l1") == before, "an instance of this release reads what one of the last has just stored"
        async with serving(create_app(Settings())) as again:
            await keyed(again, "listings")
            assert await shown(again, "l1") == before
        stored = [one async for one in database.db["listings"].find()]
        assert not any("placements" in one for one in stored)
        assert all("closes_at" in one for one in stored)
        assert "placements" not in await database.db.list_collection_names()
    finally:
        database.close()


async def test_the_first_that_matching_says_replaces_the_number_that_was_kept(
    environment: dict[str, str], api: httpx.AsyncClient, kafka: Kafka
) -> None:
    database = Database("listings", Settings())
    await database.db["listings"].update_one(
        {"_id": "l1"}, {"$set": {"placements": ["a1", "a2"], "status": "filled"}, "$unset": {"placed": "", "seats_version": ""}}
    )
    database.close()
    await publish_seats(kafka, "l1", 1, placed=1)
    await applied(kafka)
    assert await shown(api, "l1") == ("published", 1, 1, 0, 0, 0)
