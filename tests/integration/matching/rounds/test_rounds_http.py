"""Match days over HTTP, on real servers: what can be wrong gets an answer that says what to mend, and loses nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from support.answers import ok, refused
from support.kafka import Kafka
from support.patience import PATIENCE
from support.published import publish_listing, publish_profile, withdraw_listing

SCORE = {"by": "score"}


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """The service knows attendees a1 to a4, one who withdrew, and listings l1 to l6, of which l5 is withdrawn."""
    for id in ("a1", "a2", "a3", "a4", "gone"):
        await profiled(kafka, id)
    await publish_profile(kafka, "gone", 2)
    for id, host, seats in (
        ("l1", "o1", 1),
        ("l2", "o1", 2),
        ("l3", "o2", 1),
        ("l4", "o1", 1),
        ("l5", "o1", 1),
        ("l6", "o1", 1),
    ):
        await publish_listing(kafka, id, organization_id=host, skills=["python"], seats=seats)
    await withdraw_listing(kafka, "l5")
    await kafka.no_lag("registration.profiles", "matching.candidates")
    await kafka.no_lag("listings.listings", "matching.catalogue")
    return api


async def profiled(kafka: Kafka, id: str, version: int = 1) -> None:
    interests = [{"kind": "skill", "term": "python", "declared": True, "evidence": []}]
    await publish_profile(kafka, id, version, conference_ids=["c1"], interests=interests)


async def opened(api: httpx.AsyncClient, id: str = "r1", *listings: str, **plan: Any) -> None:
    body = {"name": "Match day", "listing_ids": listings or ["l1", "l2", "l3"], "seed": "s"} | plan
    await ok(api.put(f"/rounds/{id}", json=body))
    await ok(api.post(f"/rounds/{id}/open"))


async def until(api: httpx.AsyncClient, state: str, id: str = "r1") -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while True:
            round: dict[str, Any] = await ok(api.get(f"/rounds/{id}"))
            if round["state"] == state:
                return round
            await asyncio.sleep(0.1)


async def closing_soon(api: httpx.AsyncClient) -> datetime:
    """Have the open round close very soon: as soon as this machine is quick enough for."""
    for seconds in (1, 4, 16):
        closes_at = datetime.now(UTC) + timedelta(seconds=seconds)
        body = {"name": "Match day", "listing_ids": ["l1", "l2", "l3"], "seed": "s", "closes_at": closes_at.isoformat()}
        if (await api.put("/rounds/r1", json=body)).is_success:
            return closes_at
    raise AssertionError("this machine is too slow")


def attendee(id: str, round: str = "r1") -> str:
    return f"/rounds/{round}/rankings/attendees/{id}"


def listing(id: str, round: str = "r1") -> str:
    return f"/rounds/{round}/rankings/listings/{id}"


def choices(*ids: str) -> dict[str, Any]:
    return {"json": {"listing_ids": ids}}


async def test_rankings_that_cannot_be_are_answered_with_what_to_mend(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await opened(api, "r1", "l1", "l2", "l3", "l4", "l6")
    await withdraw_listing(kafka, "l4")
    await kafka.no_lag("listings.listings", "matching.catalogue")
    # An attendee's.
    assert "not in this round: nowhere; leave them out" in await refused(
        api.put(attendee("a1"), **choices("l1", "nowhere")), 422, "listing_ids"
    )
    assert "withdrawn: l4; leave these out" in await refused(api.put(attendee("a1"), **choices("l1", "l4")), 422, "listing_ids")
    assert "l1 occurs more than once" in await refused(api.put(attendee("a1"), **choices("l1", "l2", "l1")), 422, "listing_ids")
    assert "must not be empty" in await refused(api.put(attendee("a1"), **choices()), 422, "listing_ids")
    for nobody in ("nobody", "gone"):
        assert f"there is no attendee '{nobody}' who may be matched" in await refused(
            api.put(attendee(nobody), **choices("l1")), 404
        )
    assert "there is no ranking of attendee 'a1' in round 'r1'" in await refused(api.delete(attendee("a1")), 404)
    # A host's.
    assert "must be at most 2, the seats of the listing" in await refused(
        api.put(listing("l2"), json=SCORE | {"seats": 3}), 422, "seats"
    )
    assert "at least 1" in await refused(api.put(listing("l2"), json=SCORE | {"seats": 0}), 422, "seats")
    nan: dict[str, Any] = {"content": '{"by": "score", "seats": NaN}', "headers": {"content-type": "application/json"}}
    assert "seats" in await refused(api.put(listing("l2"), **nan), 422, "seats")
    assert "a1 occurs more than once" in await refused(
        api.put(listing("l2"), json={"attendee_ids": ["a1", "a1"]}), 422, "attendee_ids"
    )
    both = {"attendee_ids": ["a1"], "by": "score"}
    for neither in (both, {}):
        assert 'give either these, or "by": "score"' in await refused(api.put(listing("l2"), json=neither), 422, "attendee_ids")
    assert "there is no listing 'l9' in round 'r1'" in await refused(api.put(listing("l9"), json=SCORE), 404)
    for to, what in (
        ("l2", "is the listing itself"),
        ("l3", "listing 'l3' belongs to another organization"),
        ("l5", "listing 'l5' is not in this round"),
        ("l4", "listing 'l4' is withdrawn; name another one, or none"),
    ):
        assert what in await refused(api.put(listing("l2"), json=SCORE | {"reverts_to": to}), 422, "reverts_to")
    await ok(api.put(listing("l1"), json=SCORE | {"reverts_to": "l2"}))
    chained = await refused(api.put(listing("l2"), json=SCORE | {"reverts_to": "l6"}), 422, "reverts_to")
    assert "receives the unfilled seats of 'l1', so it must keep its own" in chained
    chained = await refused(api.put(listing("l6"), json=SCORE | {"reverts_to": "l1"}), 422, "reverts_to")
    assert "gives its own unfilled seats to 'l2'; name that one, or none" in chained
    assert "listing 'l4' is withdrawn; publish it again first" in await refused(api.put(listing("l4"), json=SCORE), 409)
    # Nothing of that was kept.
    assert (await ok(api.get("/rounds/r1")))["attendees"] == 0
    await refused(api.get(listing("l2")), 404)


async def test_a_host_may_rank_who_has_not_applied_yet_and_is_told_of_them(api: httpx.AsyncClient) -> None:
    await opened(api)
    await ok(api.put(attendee("a1"), **choices("l1")))
    kept = await ok(api.put(listing("l1"), json={"attendee_ids": ["a2", "never", "a1"]}))
    assert kept["not_applied"] == ["a2", "never"]
    await ok(api.put(attendee("a2"), **choices("l1", "l2")))
    await ok(api.post("/rounds/r1/lock"))
    await until(api, "matched")
    assert (await ok(api.get("/rounds/r1/outcomes/attendees/a2")))["listing_id"] == "l1"
    outcome = await ok(api.get("/rounds/r1/outcomes/attendees/a1"))
    assert [choice["result"] for choice in outcome["choices"]] == ["filled"]
    await refused(api.get("/rounds/r1/outcomes/attendees/never"), 404)


async def test_rounds_that_cannot_be_are_answered_with_what_to_mend(api: httpx.AsyncClient) -> None:
    def plan(*ids: str, **more: Any) -> dict[str, Any]:
        return {"json": {"name": "Match day", "listing_ids": ids} | more}

    assert "unknown: l8, l9; leave these out" in await refused(
        api.put("/rounds/r1", **plan("l1", "l8", "l9")), 422, "listing_ids"
    )
    assert "withdrawn: l5; leave these out" in await refused(api.put("/rounds/r1", **plan("l1", "l5")), 422, "listing_ids")
    assert "l1 occurs more than once" in await refused(api.put("/rounds/r1", **plan("l1", "l1")), 422, "listing_ids")
    assert "must not be empty" in await refused(api.put("/rounds/r1", **plan()), 422, "listing_ids")
    body = '{"name": "x", "listing_ids": ["l1"], "clean_up": {"rounds": 1, "hours": NaN}}'
    headers = {"content-type": "application/json"}
    assert "clean_up.hours" in await refused(api.put("/rounds/r1", content=body, headers=headers), 422, "clean_up.hours")
    assert "ids with ~ are for clean-up rounds" in await refused(api.put("/rounds/r1~1", **plan("l1")), 409)
    for path in ("/rounds/r1", "/rounds/r1/check", attendee("a1"), listing("l1")):
        assert "no round 'r1'" in await refused(api.get(path), 404)
    for step in ("open", "lock", "publish", "cancel"):
        assert "no round 'r1'" in await refused(api.post(f"/rounds/r1/{step}"), 404)
    over = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    await ok(api.put("/rounds/r1", **plan("l1", closes_at=over)))
    assert "has passed; choose a later time" in await refused(api.post("/rounds/r1/open"), 422, "closes_at")
    for step, what in (("lock", "only an open one can be locked"), ("publish", "only a matched one can be published")):
        assert f"the round is draft; {what}" in await refused(api.post(f"/rounds/r1/{step}"), 409)
    assert "the round is draft; rankings are accepted only" in await refused(api.put(attendee("a1"), **choices("l1")), 409)
    assert "there is a result once it is matched" in await refused(api.get("/rounds/r1/check"), 409)


async def test_a_listing_is_in_one_unfinished_round_at_a_time(api: httpx.AsyncClient) -> None:
    plan = {"name": "Another", "listing_ids": ["l1", "l4"]}
    await opened(api)
    taken = await refused(api.put("/rounds/r2", json=plan), 409)
    assert "listing 'l1' is in round 'r1', which is not finished; leave it out, or wait until" in taken
    await ok(api.put("/rounds/r2", json=plan | {"listing_ids": ["l4"]}))
    assert "in round 'r1'" in await refused(api.put("/rounds/r2", json=plan), 409)
    await ok(api.post("/rounds/r1/cancel"))
    await ok(api.put("/rounds/r2", json=plan))
    # Two at once: one of them has it.
    both = await asyncio.gather(*(api.put(f"/rounds/{id}", json={"name": "x", "listing_ids": ["l3"]}) for id in ("r3", "r4")))
    assert sorted(answer.status_code for answer in both) == [201, 409]


async def test_rounds_are_listed_with_how_many_listings_each_has_and_one_alone_with_their_ids(api: httpx.AsyncClient) -> None:
    conferences = {"r1": "nobody-heard-of-it", "r2": "c1", "r3": "c1"}
    listings = {"r1": ["l1", "l2", "l3"], "r2": ["l4"], "r3": ["l6"]}
    for id, conference_id in conferences.items():
        await ok(api.put(f"/rounds/{id}", json={"name": id, "listing_ids": listings[id], "conference_id": conference_id}))
    await ok(api.post("/rounds/r2/open"))

    async def page(**query: str | int) -> tuple[list[str], str | None]:
        found = await ok(api.get("/rounds", params=query))
        for one in found["items"]:
            whole = await ok(api.get(f"/rounds/{one['id']}"))
            assert one == {name: value for name, value in whole.items() if name not in ("listing_ids", "silent")}
            assert (one["listings"], whole["listing_ids"]) == (len(listings[one["id"]]), listings[one["id"]])
        return [one["id"] for one in found["items"]], found["next"]

    assert await page() == (["r1", "r2", "r3"], None)
    assert await page(limit=2) == (["r1", "r2"], "r2")
    assert await page(limit=2, after="r2") == (["r3"], None)
    assert await page(state="draft") == (["r1", "r3"], None)
    assert await page(conference_id="c1") == (["r2", "r3"], None)
    assert await page(conference_id="nobody-heard-of-it") == (["r1"], None)
    assert "must be a round's id" in await refused(api.get("/rounds", params={"after": "a:b"}), 422, "query.after")


async def test_a_round_that_nobody_ranked_in_is_matched_and_published_empty(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await opened(api, clean_up={"rounds": 2, "hours": 1})
    assert (await ok(api.get("/rounds/r1")))["silent"] == ["l1", "l2", "l3"]
    await ok(api.post("/rounds/r1/lock"))
    assert (await until(api, "matched"))["attendees"] == 0
    check = await ok(api.get("/rounds/r1/check"))
    assert (check["blocking_pairs"], check["repeats"], check["seats"]) == (0, True, 4)
    await ok(api.post("/rounds/r1/publish"))
    await until(api, "published")
    await refused(api.get("/rounds/r1~1"), 404)  # for nobody
    states = [one["state"] for one in await kafka.events("matching.rounds", 5)]
    assert states == ["draft", "open", "locked", "matched", "published"]
    clean_up = await ok(api.post("/rounds/r1/clean-up"))
    assert (clean_up["id"], clean_up["state"], clean_up["listing_ids"]) == ("r1~1", "open", ["l1", "l2", "l3"])
    assert "'r1~1' already follows this round" in await refused(api.post("/rounds/r1/clean-up"), 409)
    assert "follows a published one" in await refused(api.post("/rounds/r1~1/clean-up"), 409)


async def test_a_round_closes_by_itself_while_rankings_and_events_still_arrive(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await opened(api)
    await ok(api.put(attendee("a1"), **choices("l1", "l2")))
    await ok(api.put(listing("l1"), json=SCORE))
    closes_at = await closing_soon(api)
    taken, late = 0, ""
    async with asyncio.timeout(PATIENCE):
        for number in range(10_000):
            answer = await api.put(attendee(f"a{2 + number % 3}"), **choices("l1"))
            if not answer.is_success:
                assert answer.status_code == 409, answer.text
                late = answer.json()["detail"]
                break
            taken += 1
            await profiled(kafka, f"a{2 + number % 3}", 2 + number)
    assert any(what in late for what in ("the round closed at", "the round is locked", "the round is matched"))
    assert datetime.now(UTC) >= closes_at
    await withdraw_listing(kafka, "l1")
    round = await until(api, "matched")
    assert round["attendees"] == min(1 + taken, 4)
    # What arrives after the lock changes nothing: neither for who ranks, nor of what is matched.
    assert "the round is matched; rankings are accepted only while it is open" in await refused(
        api.put(attendee("a1"), **choices("l2")), 409
    )
    assert "the round is matched" in await refused(api.delete(attendee("a1")), 409)
    assert "the round is matched" in await refused(api.put(listing("l1"), json=SCORE), 409)
    assert "only a draft or an open round can be changed" in await refused(
        api.put("/rounds/r1", json={"name": "x", "listing_ids": ["l1", "l2", "l3"]}), 409
    )
    await kafka.no_lag("registration.profiles", "matching.candidates")
    check = await ok(api.get("/rounds/r1/check"))
    assert (check["blocking_pairs"], check["repeats"]) == (0, True)
    assert (check["input_digest"], check["result_digest"]) == (round["input_digest"], round["result_digest"])


async def test_who_does_not_agree_to_be_matched_any_more_at_the_lock_is_out(api: httpx.AsyncClient, kafka: Kafka) -> None:
    await opened(api)
    await ok(api.put(attendee("a1"), **choices("l1")))
    await ok(api.put(attendee("a2"), **choices("l1")))
    await ok(api.put(listing("l1"), json={"attendee_ids": ["a1", "a2"]}))
    await publish_profile(kafka, "a1", 2)
    await kafka.no_lag("registration.profiles", "matching.candidates")
    await ok(api.post("/rounds/r1/lock"))
    await until(api, "matched")
    outcome = await ok(api.get("/rounds/r1/outcomes/attendees/a1"))
    assert (outcome["listing_id"], [choice["result"] for choice in outcome["choices"]]) == (None, ["ineligible"])
    assert (await ok(api.get("/rounds/r1/outcomes/attendees/a2")))["listing_id"] == "l1"
