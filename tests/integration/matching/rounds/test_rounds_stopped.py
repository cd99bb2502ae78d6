"""A round's background work goes on wherever it was stopped: by a kill, a lost lease, an error or a result that fails its check."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from pymongo.errors import OperationFailure

from matching.rounds.domain.rounds import BatchSizes
from shared.database.leases import Lease, LeaseLost
from shared.refusals import Conflict
from support.example_round import PEOPLE, opened, placements
from support.rounds import LONG_AGO, Killed, MatchDay

pytestmark = pytest.mark.usefixtures("example")


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
        assert failed.failure == f"{type(error).__name__} in step 'match'; retried every 10 s, see the log"
        assert await day.rounds.leases.free({}, datetime.now(UTC)) == [], "it is let alone for a while"
        await day.database.db["rounds"].update_one({"_id": "r1"}, {"$set": {"until": LONG_AGO}})
    with pytest.raises(LeaseLost):
        await day.rounds.fail("r1", Lease("another", LONG_AGO), "what does it know")
    day.matcher = matcher
    await day.another_worker().work()
    matched = await day.get("r1")
    assert (matched.state, matched.failure, matched.failures) == ("matched", None, 0)
