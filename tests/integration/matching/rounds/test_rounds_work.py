"""What a round's background work does on a real database, and that it goes on wherever it was stopped."""

import asyncio
import json
import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from matching.rounds.domain.requests import CleanUp
from matching.rounds.domain.rounds import MAX_ATTENDEES, BatchSizes
from shared.contract.events.matching import RankingChanged
from shared.database.leases import Lease, LeaseLost
from shared.refusals import Conflict, NotFound
from support.rounds import LONG_AGO, Killed, MatchDay

PEOPLE = {f"a{number:02}": ["ict", "business", "law", None][number % 4] for number in range(24)}
LISTINGS = {"l1": 3, "l2": 2, "l3": 1, "l4": 4}
CHOICES = {
    attendee: [f"l{1 + (number + step) % 4}" for step in range(1 + number % 4)] for number, attendee in enumerate(sorted(PEOPLE))
}
HOSTS: dict[str, dict[str, Any]] = {
    "l1": {"by": "score", "caps": {"ict": 1}},
    "l2": {"attendee_ids": ["a05", "a01", "a09", "a23", "a02", "never"]},
    "l3": {"by": "score"},
    "l4": {"attendee_ids": ["a03", "a07"], "reverts_to": "l1"},
}


@pytest.fixture
async def day(day: MatchDay) -> MatchDay:
    await day.know(PEOPLE, **LISTINGS)
    day.scores = {attendee: (number * 7 % 5) / 5 for number, attendee in enumerate(PEOPLE)}
    return day


async def opened(day: MatchDay, **plan: object) -> None:
    await day.opened("r1", list(LISTINGS), CHOICES, HOSTS, **plan)


async def placements(day: MatchDay) -> dict[str, str]:
    return {key: json.loads(value)["listing_id"] for key, value in await day.told("matching.placements") if value}


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


async def test_wherever_it_is_stopped_nothing_is_lost_and_nothing_told_twice(day: MatchDay) -> None:
    """Every piece of work is done by somebody else, who finds what the last one left."""

    day.sizes = BatchSizes(page=3, pages=1, listings=2, unsent=1000)
    await opened(day)
    await day.database.transact(partial(day.days.lock, "r1"))
    pieces = 0
    while round := await day.claim("r1", f"worker {pieces}"):
        if round.state == "matched":
            break
        await day.another_worker().advance(round, f"worker {pieces}")
        pieces += 1
    assert pieces > 8
    await day.database.transact(partial(day.days.publish, "r1"))
    while round := await day.claim("r1", f"worker {pieces}"):
        await day.another_worker().advance(round, f"worker {pieces}")
        pieces += 1
    round = await day.get("r1")
    assert (round.state, round.pages) == ("published", 8)
    keys = [key for key, _ in await day.told("matching.outcomes")]
    assert sorted(keys) == [f"r1:{id}" for id in sorted(PEOPLE)]
    assert await placements(day) == {f"r1:{id}": seat for id, seat in (await day.seats("r1")).items() if seat}
    check = await day.matcher.check(round)
    assert (check.blocking_pairs, check.repeats) == ([], True)


async def test_killed_between_any_two_commits_it_is_taken_up_again(day: MatchDay) -> None:
    """Each process is killed some commits after it took the round over, in the middle of whatever it does then."""
    day.sizes = BatchSizes(page=3, pages=1, listings=2, unsent=1000)
    await opened(day)
    deaths = 0

    async def worked_on_until(state: str) -> None:
        nonlocal deaths
        for commits in range(2, 60):  # the first one takes the round over
            await day.database.db["rounds"].update_one({"_id": "r1"}, {"$set": {"until": LONG_AGO}})
            day.database.commits_left = commits
            try:
                await day.another_worker().work()
            except Killed:
                deaths += 1
            finally:
                day.database.commits_left = None
            if (await day.get("r1")).state == state:
                return

    await day.database.transact(partial(day.days.lock, "r1"))
    await worked_on_until("matched")
    await day.database.transact(partial(day.days.publish, "r1"))
    await worked_on_until("published")
    assert deaths > 8
    round = await day.get("r1")
    assert (round.state, round.step) == ("published", None)
    assert sorted(key for key, _ in await day.told("matching.outcomes")) == [f"r1:{id}" for id in sorted(PEOPLE)]
    assert await placements(day) == {f"r1:{id}": seat for id, seat in (await day.seats("r1")).items() if seat}
    check = await day.matcher.check(round)
    assert (check.blocking_pairs, check.repeats) == ([], True)


async def test_who_lost_the_lease_changes_nothing(day: MatchDay) -> None:
    await opened(day)
    await day.database.transact(partial(day.days.lock, "r1"))
    round = await day.claim("r1", "slow")
    assert round
    assert await day.claim("r1", "quick")
    with pytest.raises(LeaseLost):
        await day.worker.advance(round, "slow")
    assert not await day.entries.listings("r1")


async def test_a_match_that_takes_longer_than_the_lease_is_left_to_who_works_on_it(day: MatchDay) -> None:
    await opened(day)
    await day.database.transact(partial(day.days.lock, "r1"))
    solved = 0

    class Slow(type(day.matcher)):  # type: ignore[misc]
        async def solve(self, round: object) -> object:
            nonlocal solved
            solved += 1
            await asyncio.sleep(7)
            return await super().solve(round)

    day.matcher = Slow(day.rounds, day.entries)
    lease = timedelta(seconds=5)  # long enough to be renewed in time on a busy machine
    working = asyncio.create_task(day.another_worker(lease).work())
    other = day.another_worker(lease)
    while not working.done():
        await other.work()
        await asyncio.sleep(0.1)
    await working
    assert (await day.get("r1")).state == "matched"
    assert solved == 1


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


async def test_a_round_takes_so_many_attendees_and_no_more(day: MatchDay) -> None:
    await day.opened("r1", list(LISTINGS), {"a00": ["l1"]}, {})
    await day.database.db["rounds"].update_one({"_id": "r1"}, {"$set": {"attendees": MAX_ATTENDEES}})
    with pytest.raises(Conflict, match="100,000 attendees have ranked; a round takes no more"):
        await day.rank("r1", {"a01": ["l1"]}, {})
    await day.rank("r1", {"a00": ["l2", "l1"]}, {})
    assert (await day.rankings.of_attendee("r1", "a00")).listing_ids == ["l2", "l1"], "who is in may still change their mind"
    assert (await day.rankings.of_attendee("r1", "a01")).listing_ids == []


async def rankings_told(day: MatchDay) -> list[tuple[str, int, int] | tuple[str, None]]:
    """Attendee, version and number of listings of each event, without a number for a tombstone."""
    told: list[tuple[str, int, int] | tuple[str, None]] = []
    for key, value in await day.told("matching.rankings"):
        event = RankingChanged.model_validate_json(value) if value else None
        assert event is None or key == f"{event.round_id}:{event.attendee_id}"
        told.append((event.attendee_id, event.version, event.listings) if event else (key, None))
    return told


async def test_who_has_ranked_is_told_once_for_each_change(day: MatchDay) -> None:
    await day.opened("r1", list(LISTINGS), {"a00": ["l1"], "a01": ["l2", "l1"]}, {})
    await day.rank("r1", {"a00": ["l1"]}, {})  # the same again
    await day.rank("r1", {"a00": ["l3", "l1", "l2"]}, {})
    await day.database.db["rounds"].update_one({"_id": "r1"}, {"$set": {"attendees": MAX_ATTENDEES}})
    with pytest.raises(Conflict, match="have ranked"):
        await day.rank("r1", {"a02": ["l1"]}, {})
    assert await rankings_told(day) == [("a00", 1, 1), ("a01", 1, 2), ("a00", 2, 3)]


async def test_who_takes_a_ranking_back_is_out_told_so_and_goes_on_from_there_when_they_come_back(day: MatchDay) -> None:
    await day.opened("r1", list(LISTINGS), {"a00": ["l1"], "a01": ["l1", "l2"], "a02": ["l2"]}, {})
    for id in ("a00", "a01"):
        await day.database.transact(partial(day.days.withdraw_ranking, "r1", id))
        assert (await day.rankings.of_attendee("r1", id)).listing_ids == []
    with pytest.raises(NotFound, match="no ranking of attendee 'a00' in round 'r1'"):
        await day.database.transact(partial(day.days.withdraw_ranking, "r1", "a00"))
    assert (await day.get("r1")).attendees == 1
    await day.rank("r1", {"a00": ["l3"]}, {})
    assert (await day.get("r1")).attendees == 2
    told = [("a00", 1, 1), ("a01", 1, 2), ("a02", 1, 1), ("a00", 2, 0), ("a01", 2, 0), ("a00", 3, 1)]
    assert await rankings_told(day) == told
    assert (await day.matched("r1")).attendees == 2
    assert (await day.seats("r1")).keys() == {"a00", "a02"}


async def test_an_erasure_is_told_of_rankings_of_those_taken_back_too(day: MatchDay) -> None:
    await day.opened("r1", list(LISTINGS), {"a00": ["l1"], "a01": ["l1"], "a02": ["l1"]}, {})
    await day.database.transact(partial(day.days.withdraw_ranking, "r1", "a01"))
    await day.database.transact(partial(day.eraser.erase, ["a00", "a01", "a03"]))
    assert (await rankings_told(day))[4:] == [("r1:a00", None), ("r1:a01", None)]
    assert (await day.get("r1")).attendees == 1
    left = await day.database.db["round_rankings"].find({}).to_list(None)
    assert [document["attendee_id"] for document in left] == ["a02"]


async def test_of_rankings_and_a_lock_at_once_each_ranking_is_either_refused_or_matched(day: MatchDay) -> None:
    await day.opened("r1", list(LISTINGS), {"a00": ["l1"]}, {})

    async def ranked(id: str) -> str | None:
        try:
            await day.rank("r1", {id: ["l1"]}, {})
        except Conflict:
            return None
        return id

    async def locked() -> None:
        await day.database.transact(partial(day.days.lock, "r1"))

    people = list(PEOPLE)[1:7]
    kept = await asyncio.gather(*map(ranked, people[:3]), locked(), *map(ranked, people[3:]))
    await day.worker.work()
    round = await day.get("r1")
    seats = await day.seats("r1")
    assert seats.keys() == {"a00"} | {id for id in kept if id}
    assert (round.state, round.attendees) == ("matched", len(seats))


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


async def test_an_unstable_result_stops_the_round(day: MatchDay) -> None:
    """Somebody gives a seat away between the match and the check."""
    await opened(day)
    await day.database.transact(partial(day.days.lock, "r1"))
    round = await day.claim("r1", "w")
    while round and round.step != "match":
        round = await day.worker.advance(round, "w")
    assert round

    class Meddling(type(day.matcher)):  # type: ignore[misc]
        async def blocking_pairs(self, round: object) -> object:
            (page,) = [page async for page in day.entries.pages("r1")]
            seated = next(one for one in page.outcomes if one.listing_id)
            empty = [type(one)(one.attendee_id, None if one is seated else one.listing_id, one.results) for one in page.outcomes]
            await day.database.transact(partial(day.entries.save_pages, [type(page)("r1", page.number, page.attendees, empty)]))
            return await super().blocking_pairs(round)

    day.matcher = Meddling(day.rounds, day.entries)
    stopped = await day.another_worker().advance(round, "w")
    assert (stopped.state, stopped.step) == ("locked", "match")
    assert stopped.fault
    assert await day.claim("r1", "w2") is None
    with pytest.raises(Conflict, match="is locked"):
        await day.database.transact(partial(day.days.publish, "r1"))
    # Locked again, it is matched anew.
    day.matcher = type(day.matcher).__mro__[1](day.rounds, day.entries)
    day.worker = day.another_worker()
    await day.database.db["rounds"].update_one({"_id": "r1"}, {"$set": {"until": stopped.closes_at or LONG_AGO}})
    assert (await day.matched("r1")).state == "matched"


async def test_what_fails_is_told_until_it_does_so_no_more(day: MatchDay) -> None:
    await opened(day)
    matcher = day.matcher

    class Failing(type(day.matcher)):  # type: ignore[misc]
        async def solve(self, round: object) -> object:
            raise error

    day.matcher = Failing(day.rounds, day.entries)
    day.worker = day.another_worker()
    await day.database.transact(partial(day.days.lock, "r1"))
    # One error is of our own; the other one is the database's, but no passing trouble.
    for times, error in enumerate((KeyError("ada@example.org"), OperationFailure("mongodb://user:secret@host", 2)), 1):
        await day.worker.work()
        failed = await day.get("r1")
        assert (failed.state, failed.step, failed.fault, failed.failures) == ("locked", "match", None, times)
        assert failed.failure == f"{type(error).__name__} in the step 'match'; tried again every 10 s, see the log"
        assert await day.rounds.leases.free({}, datetime.now(UTC)) == [], "it is let alone for a while"
        await day.database.db["rounds"].update_one({"_id": "r1"}, {"$set": {"until": LONG_AGO}})
    with pytest.raises(LeaseLost):
        await day.rounds.fail("r1", Lease("another", LONG_AGO), "what does it know")
    day.matcher = matcher
    await day.another_worker().work()
    matched = await day.get("r1")
    assert (matched.state, matched.failure, matched.failures) == ("matched", None, 0)


async def test_an_attendee_erased_before_the_match_takes_no_seat(day: MatchDay) -> None:
    await opened(day)
    await day.database.transact(partial(day.eraser.erase, ["a00"]))
    assert (await day.get("r1")).attendees == 23
    await day.database.transact(partial(day.days.lock, "r1"))
    round = await day.claim("r1", "w")
    while round and round.step != "match":
        round = await day.worker.advance(round, "w")
    assert round
    # One more while the match is worked out: it is not kept, but done again.
    solve = day.matcher.solve

    class Erasing(type(day.matcher)):  # type: ignore[misc]
        async def solve(self, round: object) -> object:
            solution = await solve(round)  # type: ignore[arg-type]
            await day.database.transact(partial(day.eraser.erase, ["a05"]))
            return solution

    day.matcher = Erasing(day.rounds, day.entries)
    again = await day.another_worker().advance(round, "w")
    assert (again.state, again.erased) == ("locked", 1)
    matched = await day.worker.advance(again, "w")
    assert matched.state == "matched"
    assert {"a00", "a05"}.isdisjoint(await day.seats("r1"))
    check = await day.matcher.check(matched)
    assert (check.blocking_pairs, check.repeats) == ([], True)


@pytest.mark.parametrize("published", [False, True])
async def test_an_attendee_erased_after_the_match_leaves_nothing_and_others_as_they_are(day: MatchDay, published: bool) -> None:
    await opened(day)
    await day.matched("r1")
    before = await day.seats("r1")
    if published:
        await day.published("r1")
    await day.database.transact(partial(day.eraser.erase, list(PEOPLE)[:8]))
    if not published:
        await day.published("r1")
    after = await day.seats("r1")
    assert after == {id: seat for id, seat in before.items() if id not in list(PEOPLE)[:8]}
    erased = list(PEOPLE)[:8]
    outcomes, made = dict(await day.told("matching.outcomes")), dict(await day.told("matching.placements"))
    assert all(outcomes[f"r1:{id}"] is None for id in erased)
    # There is nothing to erase of a placement that was never made.
    expected = dict.fromkeys((f"r1:{id}" for id in erased if before[id] and published), None)
    assert {f"r1:{id}": made[f"r1:{id}"] for id in erased if f"r1:{id}" in made} == expected
    for collection in ("round_pages", "round_entries", "round_rankings", "round_host_rankings", "rounds"):
        text = str(await day.database.db[collection].find({}).to_list(None))
        assert not [id for id in list(PEOPLE)[:8] if f"'{id}'" in text], collection
    check = await day.matcher.check(await day.get("r1"))
    assert (check.blocking_pairs, check.repeats) == ([], None)


async def test_seats_left_are_offered_to_who_stayed_without(day: MatchDay) -> None:
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
    with pytest.raises(Conflict, match="has a seat"):
        await day.rank("r1~1", {with_seat: ["l3"]}, {})
    await day.rank("r1~1", {id: ["l3"] for id in without}, {"l3": {"attendee_ids": without}})
    assert (await day.matched("r1~1")).state == "published"  # without further ado
    assert await day.seats("r1~1") == {without[0]: "l3", without[1]: None}
    assert await day.rounds.get("r1~2") is None, "no seat is left"
    assert (await placements(day))[f"r1~1:{without[0]}"] == "l3"
