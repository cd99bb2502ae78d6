"""Placements of match-day rounds, applied by the listings service on real servers."""

from typing import Any

import httpx
import pytest

from listings.settings import Settings
from shared.messaging import dead_letters
from support.kafka import Kafka, cloud_event
from support.letters import read as letters_of

TOPIC = "matching.placements"


@pytest.fixture
async def api(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """The service knows two organizations and three listings, all open."""
    for id in ("acme", "globex"):
        (await api.put(f"/organizations/{id}", json={"name": id})).raise_for_status()
    for id, organization, capacity in (("l1", "acme", 2), ("l2", "acme", 1), ("l3", "globex", 1)):
        offer = {"organization_id": organization, "title": id, "capacity": capacity}
        (await api.put(f"/listings/{id}", json=offer)).raise_for_status()
        (await api.post(f"/listings/{id}/publish")).raise_for_status()
    return api


async def placed(kafka: Kafka, attendee: str, listing: str, *, version: int = 1, **more: Any) -> None:
    key = f"r1:{attendee}"
    data = {"placement_id": key, "version": version, "attendee_id": attendee, "listing_id": listing, "round_id": "r1"} | more
    headers = cloud_event("matching.placement.made.v1", id=f"{TOPIC}/{key}@{version}")
    await kafka.send(TOPIC, data, headers, key=key)


async def shown(api: httpx.AsyncClient, id: str) -> tuple[str, int, int, list[str]]:
    listing = (await api.get(f"/listings/{id}")).raise_for_status().json()
    return listing["status"], listing["seats"], listing["moved"], listing["placements"]


async def applied(kafka: Kafka) -> None:
    await kafka.no_lag(TOPIC, "listings")


async def test_a_placement_takes_a_seat_once_and_its_erasure_gives_it_back(api: httpx.AsyncClient, kafka: Kafka) -> None:
    for _ in range(3):
        await placed(kafka, "a1", "l2")
    await applied(kafka)
    assert await shown(api, "l2") == ("filled", 0, 0, ["a1"])
    told = await kafka.events("listings.listings", 4)
    assert [one["listing_id"] for one in told if one.get("reason") == "filled"] == ["l2"]
    for _ in range(2):
        await kafka.send(TOPIC, None, key="r1:a1")
    await kafka.send(TOPIC, None, key="r1:nobody")
    await applied(kafka)
    assert await shown(api, "l2") == ("published", 1, 0, [])


async def test_a_listing_that_was_closed_since_the_lock_gives_its_seats(api: httpx.AsyncClient, kafka: Kafka) -> None:
    (await api.post("/listings/l1/close")).raise_for_status()
    await placed(kafka, "a1", "l1")
    await applied(kafka)
    assert await shown(api, "l1") == ("closed", 1, 0, ["a1"])


async def test_a_listing_that_is_unknown_full_or_a_draft_is_told_and_the_rest_applied(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    (await api.put("/listings/l4", json={"organization_id": "acme", "title": "x", "capacity": 1})).raise_for_status()
    (await api.put("/listings/l2/placements/before")).raise_for_status()
    await placed(kafka, "a1", "nowhere")
    await placed(kafka, "a2", "l2")
    await placed(kafka, "a3", "l4")
    await placed(kafka, "a4", "l1")
    letters = await kafka.read("listings.dead-letters", 3)
    reasons = {letter.key: dict(letter.headers)["dl_reason"].decode() for letter in letters}
    assert len(reasons) == 3
    assert all(reason.endswith("then send this record again (make dead-letters)") for reason in reasons.values())
    for start in (
        "there is no listing 'nowhere'; make it",
        "all 1 seats are taken; raise its capacity",
        "the listing is a draft",
    ):
        assert any(reason.startswith(start) for reason in reasons.values()), reasons
    await applied(kafka)
    assert await shown(api, "l1") == ("published", 1, 0, ["a4"])
    # Mended as the reasons say, and sent again.
    for id, capacity in (("l2", 2), ("l4", 1), ("nowhere", 1)):
        offer = {"organization_id": "acme", "title": id, "capacity": capacity}
        (await api.put(f"/listings/{id}", json=offer)).raise_for_status()
        (await api.post(f"/listings/{id}/publish")).raise_for_status()
    assert await dead_letters.replay(await letters_of(Settings(), ["listings"]), Settings()) == []
    await applied(kafka)
    assert await shown(api, "l2") == ("filled", 0, 0, ["before", "a2"])
    assert await shown(api, "l4") == ("filled", 0, 0, ["a3"])
    assert await shown(api, "nowhere") == ("filled", 0, 0, ["a1"])
    assert await letters_of(Settings(), ["listings"]) == []


async def test_a_listing_closed_and_filled_since_the_lock_is_mended_as_the_reason_says(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    (await api.put("/listings/l2/placements/before")).raise_for_status()
    (await api.post("/listings/l2/close")).raise_for_status()
    await placed(kafka, "a1", "l2")
    letter = (await kafka.read("listings.dead-letters"))[0]
    assert b"raise its capacity (PUT /listings/l2), or give a seat back" in dict(letter.headers)["dl_reason"]
    (await api.put("/listings/l2", json={"organization_id": "acme", "title": "l2", "capacity": 2})).raise_for_status()
    await dead_letters.replay(await letters_of(Settings(), ["listings"]), Settings())
    await applied(kafka)
    assert await shown(api, "l2") == ("closed", 0, 0, ["before", "a1"])


async def test_who_was_erased_is_not_seated_by_a_dead_letter(api: httpx.AsyncClient, kafka: Kafka) -> None:
    (await api.put("/listings/l2/placements/before")).raise_for_status()
    await placed(kafka, "a1", "l2")
    await kafka.read("listings.dead-letters")
    await kafka.send(TOPIC, None, key="r1:a1")
    (await api.delete("/listings/l2/placements/before")).raise_for_status()
    letters = await letters_of(Settings(), ["listings"])
    assert await dead_letters.replay(letters, Settings()) == letters, "superseded by the tombstone"
    await applied(kafka)
    assert await shown(api, "l2") == ("published", 1, 0, [])


async def test_who_was_seated_by_hand_has_one_seat(api: httpx.AsyncClient, kafka: Kafka) -> None:
    (await api.put("/listings/l1/placements/a1")).raise_for_status()
    await placed(kafka, "a1", "l1")
    await applied(kafka)
    assert await shown(api, "l1") == ("published", 1, 0, ["a1"])
    # What a host decides afterwards is not undone by a second delivery.
    (await api.delete("/listings/l1/placements/a1")).raise_for_status()
    await placed(kafka, "a1", "l1")
    await applied(kafka)
    assert await shown(api, "l1") == ("published", 2, 0, [])


async def test_an_unfilled_seat_moves_to_the_listing_that_filled_it(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await placed(kafka, "a1", "l2")
    await applied(kafka)  # each attendee's is on a partition of its own
    await placed(kafka, "a2", "l2", reverted_from="l1")
    await placed(kafka, "a2", "l2", reverted_from="l1")
    await applied(kafka)
    assert await shown(api, "l2") == ("filled", 0, 1, ["a1", "a2"])
    assert await shown(api, "l1") == ("published", 1, -1, [])
    # A host that sends its listing again changes nothing of that.
    (await api.put("/listings/l1", json={"organization_id": "acme", "title": "again", "capacity": 2})).raise_for_status()
    assert await shown(api, "l1") == ("published", 1, -1, [])
    await placed(kafka, "a3", "l2", reverted_from="l3")
    letter = (await kafka.read("listings.dead-letters"))[0]
    assert b"another organization" in dict(letter.headers)["dl_reason"]
    await placed(kafka, "a4", "l2", reverted_from="l1")
    await applied(kafka)
    await placed(kafka, "a5", "l2", reverted_from="l1")
    letters = await kafka.read("listings.dead-letters", 2)
    assert b"has none left" in dict(letters[1].headers)["dl_reason"]
    await applied(kafka)
    assert await shown(api, "l2") == ("filled", 0, 2, ["a1", "a2", "a4"])
    assert await shown(api, "l1") == ("filled", 0, -2, [])


async def test_a_newer_version_moves_the_attendee_and_an_older_one_is_ignored(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await placed(kafka, "a1", "l1")
    await placed(kafka, "a1", "l3", version=2)
    await placed(kafka, "a1", "l1")
    await applied(kafka)
    assert (await shown(api, "l1"))[3] == []
    assert await shown(api, "l3") == ("filled", 0, 0, ["a1"])


async def test_a_placement_that_goes_on_keeps_its_seat_and_one_that_ended_early_frees_it(
    api: httpx.AsyncClient, kafka: Kafka
) -> None:
    async def goes_on(version: int, state: str) -> None:
        data = {"placement_id": "r1:a1", "version": version, "attendee_id": "a1", "listing_id": "l2", "mentor_person_ids": []}
        headers = cloud_event("matching.placement.changed.v1", id=f"{TOPIC}/r1:a1@{version}")
        await kafka.send(TOPIC, data | {"state": state}, headers, key="r1:a1")
        await applied(kafka)

    await placed(kafka, "a1", "l2")
    await goes_on(2, "confirmed")
    await goes_on(3, "started")
    assert await shown(api, "l2") == ("filled", 0, 0, ["a1"])
    await goes_on(4, "ended")
    assert await shown(api, "l2") == ("published", 1, 0, [])
    await goes_on(3, "started")  # again, late
    await placed(kafka, "a1", "l2")
    await applied(kafka)
    assert await shown(api, "l2") == ("published", 1, 0, [])
    await kafka.send(TOPIC, None, key="r1:a1")
    await applied(kafka)
    assert await shown(api, "l2") == ("published", 1, 0, [])
    assert await kafka.lag("listings.dead-letters", "nobody") == 0
