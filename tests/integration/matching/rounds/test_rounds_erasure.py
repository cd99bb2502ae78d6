"""What an erasure leaves of an attendee in a round: nothing, and everybody else as they were."""

from functools import partial

import pytest

from support.example_round import PEOPLE, opened
from support.rounds import MatchDay

pytestmark = pytest.mark.usefixtures("example")


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
