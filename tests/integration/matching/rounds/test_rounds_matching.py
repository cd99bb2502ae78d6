"""What the background work of a round decides on a real database: seats, caps and outcomes, from what was there at the lock."""

import json
import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from matching.rounds.domain.requests import CleanUp, HostLimits, Limit
from shared.database.leases import Lease
from shared.refusals import Conflict, Invalid, NotFound
from support.example_round import CHOICES, PEOPLE, opened, placements
from support.rounds import LONG_AGO, MatchDay

pytestmark = pytest.mark.usefixtures("example")


async def test_a_round_is_matched_told_and_published(day: MatchDay) -> None:
    await opened(day)
    assert (await day.matched("r1")).state == "matched"
    assert not await day.told("matching.outcomes")
    round = await day.published("r1")
    assert (round.state, round.attendees) == ("published", 24)
    seats = await day.seats("r1")
    assert round.matched == sum(seat is not None for seat in seats.values()) > 0
    outcomes = {key: json.loads(value or b"") for key, value in await day.told("matching.outcomes")}
    assert {one["attendee_id"]: one["listing_id"] for one in outcomes.values()} == seats
    assert all(outcomes[f"r1:{id}"]["attendee_id"] == id for id in PEOPLE)
    assert all([choice["listing_id"] for choice in outcomes[f"r1:{id}"]["choices"]] == CHOICES[id] for id in PEOPLE)
    assert await placements(day) == {f"r1:{id}": seat for id, seat in seats.items() if seat}
    states = [json.loads(value or b"")["state"] for _, value in await day.told("matching.rounds")]
    assert states == ["draft", "open", "locked", "matched", "published"]
    check = await day.matcher.check(round)
    assert (check.blocking_pairs, check.repeats) == ([], True)


async def test_caps_hold_unfilled_seats_revert_and_move_with_the_placement(day: MatchDay) -> None:
    await opened(day)
    await day.matched("r1")
    listings = await day.entries.listings("r1")
    # a03 and a07 are all that l4 takes; its other two seats fill at l1, which has three.
    assert (set(listings["l4"].placed), listings["l4"].given) == ({"a03", "a07"}, 2)
    assert (len(listings["l1"].placed), listings["l1"].capacity, listings["l1"].got) == (5, 5, 2)
    assert Counter(PEOPLE[id] for id in listings["l1"].placed)["ict"] == 1
    await day.published("r1")
    reverted = [json.loads(value or b"")["reverted_from"] for _, value in await day.told("matching.placements")]
    assert Counter(reverted)["l4"] == 2
    assert Counter(listings["l1"].results)["discipline_full"] > 0


async def test_locked_rounds_give_the_same_whatever_happens_after_the_lock(day: MatchDay) -> None:
    await opened(day)
    await day.database.transact(partial(day.days.lock, "r1"))
    round = await day.claim("r1", "w")
    while round and round.step != "match":
        round = await day.worker.advance(round, "w")
    assert round
    first = await day.matcher.solve(round)
    await day.withdraw("l3")
    day.scores = {}
    again = await day.matcher.solve(round)
    assert (again.input_digest, again.result_digest) == (first.input_digest, first.result_digest)
    assert again == first
    await day.claim("r1", "")
    await day.database.db["rounds"].update_one({"_id": "r1"}, {"$set": {"until": round.closes_at or LONG_AGO}})
    await day.worker.work()
    matched = await day.get("r1")
    assert (matched.input_digest, matched.result_digest) == (first.input_digest, first.result_digest)
    assert "l3" in (await day.seats("r1")).values()


async def test_a_listing_withdrawn_before_the_lock_is_out(day: MatchDay) -> None:
    await opened(day)
    await day.withdraw("l3")
    await day.matched("r1")
    assert "l3" not in (await day.seats("r1")).values()
    entries = [one async for page in day.entries.pages("r1") for one in zip(page.attendees, page.outcomes, strict=True)]
    for attendee, outcome in entries:
        assert all((word == "withdrawn") == (id == "l3") for id, word in zip(attendee.choices, outcome.results, strict=True))


async def test_whose_score_is_no_number_is_not_taken(day: MatchDay) -> None:
    await opened(day)
    odd = {"a00": math.nan, "a01": math.inf, "a02": -math.inf}
    day.scores |= odd
    assert (await day.matched("r1")).state == "matched"
    listings = await day.entries.listings("r1")
    for id in ("l1", "l3"):  # by score
        ranking = listings[id].ranking
        assert ranking
        assert odd.keys().isdisjoint(ranking)


async def test_the_match_keeps_seats_without_writing_rankings_again(day: MatchDay) -> None:
    """Those of 500 listings would be too much for one transaction."""
    await opened(day)
    await day.database.transact(partial(day.days.lock, "r1"))
    round = await day.claim("r1", "w")
    while round and round.step != "match":
        round = await day.worker.advance(round, "w")
    assert round
    frozen = await day.entries.listings("r1")
    solution = await day.matcher.solve(round)
    settled = [replace(listing, ranking=None) for listing in solution.listings]
    lease = Lease("w", datetime.now(UTC) + timedelta(minutes=1))
    await day.database.transact(partial(day.matcher.save_listings, "r1", lease, settled, round.erased))
    kept = await day.entries.listings("r1")
    assert any(listing.placed for listing in settled)
    assert kept == {one.id: replace(one, ranking=frozen[one.id].ranking) for one in settled}


async def test_a_limit_holds_over_listings_and_clean_up_rounds(day: MatchDay) -> None:
    await opened(day, clean_up=CleanUp(rounds=1, hours=1))
    limits = HostLimits(limits=[Limit(listing_ids=["l1", "l2"], seats=2), Limit(listing_ids=["l3", "l4"], seats=2)])
    elsewhere = HostLimits(limits=[Limit(listing_ids=["l1", "elsewhere"], seats=2)])
    with pytest.raises(Invalid, match="not listings of the organization in this round: elsewhere"):
        await day.database.transact(partial(day.days.limit, "r1", "o1", elsewhere))
    with pytest.raises(NotFound):
        await day.database.transact(partial(day.days.limit, "r1", "o1", limits, hosts=["o2"]))
    await day.database.transact(partial(day.days.limit, "r1", "o1", limits, hosts=["o1"]))
    with pytest.raises(Invalid, match="not possible for a listing under a limit"):
        await day.rank("r1", {}, {"l1": {"by": "score", "reserves": {"law": 1}}})
    await day.matched("r1")
    round = await day.published("r1")
    seats = Counter((await day.seats("r1")).values())
    assert (seats["l1"] + seats["l2"], seats["l3"] + seats["l4"]) == (2, 2)
    assert (await day.matcher.check(round)).blocking_pairs == []
    told = {
        choice["result"] for _, value in await day.told("matching.outcomes") for choice in json.loads(value or b"")["choices"]
    }
    assert told & {"limit_full", "limit_full_by_lot"}
    assert await day.rounds.get("r1~1") is None, "there are seats, but none within the limits"
    await day.database.transact(partial(day.eraser.erase, [id for id, seat in (await day.seats("r1")).items() if seat][:1]))
    assert (await day.matcher.check(await day.get("r1"))).blocking_pairs == []


async def test_a_reserve_holds_and_stays_without_whom_it_seated(day: MatchDay) -> None:
    await opened(day)
    ranking = ["a00", "a04", "a08", "a02", "a06"]  # three from ict, then two from law
    with pytest.raises(Invalid, match="must be at most 3 together"):
        await day.rank("r1", {}, {"l1": {"attendee_ids": ranking, "reserves": {"law": 2, "arts": 2}}})
    mixed = {"attendee_ids": ranking, "reserves": {"law": 1}}
    await day.rank("r1", {}, {"l1": mixed, "l4": {"attendee_ids": ["a03", "a07"]}})
    limits = HostLimits(limits=[Limit(listing_ids=["l1", "l2"], seats=2)])
    with pytest.raises(Invalid, match="have minimums for disciplines: l1"):
        await day.database.transact(partial(day.days.limit, "r1", "o1", limits))
    round = await day.matched("r1")
    entry = (await day.entries.listings("r1"))["l1"]
    assert (entry.reserves, entry.taken, entry.results["reserved"]) == ({"law": 1}, {"ict": 2, "law": 1}, 1)
    check = await day.matcher.check(round)
    assert (check.blocking_pairs, check.repeats) == ([], True)
    await day.database.transact(partial(day.eraser.erase, [id for id in entry.placed if PEOPLE[id] == "law"]))
    assert (await day.matcher.check(await day.get("r1"))).blocking_pairs == []
    assert (await day.entries.listings("r1"))["l1"].reserves == {"law": 0}


async def test_seats_left_are_offered_to_who_stayed_without_and_to_newcomers(day: MatchDay) -> None:
    await opened(day, clean_up=CleanUp(rounds=2, hours=1))
    hosts: dict[str, dict[str, Any]] = {"l3": {"attendee_ids": []}}  # l3 takes nobody in the first round
    await day.rank("r1", {}, hosts)
    await day.matched("r1")
    await day.published("r1")
    first = await day.seats("r1")
    assert "l3" not in first.values()
    clean_up = await day.get("r1~1")
    assert (clean_up.state, clean_up.clean_up_of, clean_up.listing_ids) == ("open", "r1", ("l3",))
    with_seat = next(id for id, seat in first.items() if seat)
    without = [id for id, seat in first.items() if not seat][:2]
    outcomes = {key: json.loads(value) for key, value in await day.told("matching.outcomes") if value}
    assert outcomes[f"r1:{without[0]}"]["free_listing_ids"] == ["l3"]
    assert outcomes[f"r1:{with_seat}"]["free_listing_ids"] == []
    with pytest.raises(Conflict, match="has a seat"):
        await day.rank("r1~1", {with_seat: ["l3"]}, {})
    await day.know({"newcomer": None})
    ranking = [*without, "newcomer"]
    await day.rank("r1~1", {id: ["l3"] for id in ranking}, {"l3": {"attendee_ids": ranking}})
    assert (await day.matched("r1~1")).state == "published"  # without further ado
    assert await day.seats("r1~1") == {without[0]: "l3", without[1]: None, "newcomer": None}
    assert await day.rounds.get("r1~2") is None, "no seat is left"
    assert (await placements(day))[f"r1~1:{without[0]}"] == "l3"
