"""What a round does with seats and placements: it holds them, gives them, and frees what it does not give."""

import json
from functools import partial

import pytest

from matching.model.candidates import Candidate
from matching.placements.domain.placement import Placement, placement_of
from matching.rounds.domain.rounds import BatchSizes
from matching.rounds.repository.entries import Entries
from matching.rounds.use_cases.seats_of_rounds import SeatsOfRounds
from matching.seats.domain import Seats
from shared.contract.events.matching import OutcomeDecided, SeatsChanged
from shared.database.mongo import Tx
from shared.refusals import Conflict
from support.rounds import LONG_AGO, MatchDay

PEOPLE: dict[str, str | None] = {f"a{number}": None for number in range(6)}
CHOICES = {id: ["l1", "l2"] for id in PEOPLE}
HOSTS: dict[str, dict[str, object]] = {
    "l1": {"by": "score"},
    "l2": {"attendee_ids": ["a0", "a5"], "reverts_to": "l1"},
}


@pytest.fixture
async def day(day: MatchDay) -> MatchDay:
    await day.know(PEOPLE, l1=2, l2=3, l3=1)
    day.scores = {"a0": 0.1, "a1": 0.9, "a2": 0.8, "a3": 0.7, "a4": 0.6, "a5": 0.2}
    return day


async def seats(day: MatchDay, id: str) -> Seats:
    return await day.database.transact(partial(day.seat_allocator.get, id))


async def offer(day: MatchDay, listing_id: str, application_id: str) -> None:
    await day.database.transact(partial(day.seat_allocator.offer, listing_id, application_id))


async def accept(day: MatchDay, listing_id: str, attendee_id: str) -> Placement:
    """The attendee takes a seat outside of the round."""

    async def work(tx: Tx) -> Placement:
        listing = (await day.catalogue.listings([listing_id], tx))[listing_id]
        return await day.placement_maker.confirm(placement_of(listing, attendee_id, f"{listing_id}-{attendee_id}"), tx)

    return await day.database.transact(work)


async def outcomes(day: MatchDay) -> dict[str, OutcomeDecided]:
    told = [OutcomeDecided.model_validate_json(value) for _, value in await day.told("matching.outcomes") if value]
    return {one.attendee_id: one for one in told}


async def test_a_locked_round_holds_the_free_seats_and_a_published_one_has_given_them(day: MatchDay) -> None:
    await offer(day, "l2", "x1")
    await day.opened("r.1", ["l1", "l2"], CHOICES, HOSTS)
    assert (await seats(day, "l1")).free == 2, "until the lock, offers outside find the seats"
    await day.matched("r.1")
    assert {id: entry.seats for id, entry in (await day.entries.listings("r.1")).items()} == {"l1": 2, "l2": 2}
    for id in ("l1", "l2"):
        with pytest.raises(Conflict, match=r"2 held by a match-day round"):
            await offer(day, id, "x2")
    await day.published("r.1")
    # a0 and a5 are not among the best for l1, so that l2 takes them; nothing is left to revert.
    placed = {id: (await seats(day, id)).placements for id in ("l1", "l2")}
    assert {id: set(some) for id, some in placed.items()} == {"l1": {"r.1:a1", "r.1:a2"}, "l2": {"r.1:a0", "r.1:a5"}}
    assert [(await seats(day, id)).rounds for id in ("l1", "l2")] == [{}, {}]
    last = {key: SeatsChanged.model_validate_json(value or b"") for key, value in await day.told("matching.seats")}
    assert {id: (one.placed, one.offered) for id, one in last.items()} == {"l1": (2, 0), "l2": (2, 1)}
    stored = await day.placements.page("", 10)
    assert {one.id: (one.state, one.round_id, one.version) for one in stored} == {
        f"r.1:{id}": ("confirmed", "r.1", 1) for id in ("a0", "a1", "a2", "a5")
    }
    assert sorted(day.superseded) == ["a0", "a1", "a2", "a5"]


async def test_unfilled_seats_move_with_the_placements_that_get_them(day: MatchDay) -> None:
    await day.opened("r1", ["l1", "l2"], CHOICES, HOSTS | {"l2": {"attendee_ids": ["a5"], "reverts_to": "l1"}})
    await day.matched("r1")
    await day.published("r1")
    one, two = await seats(day, "l1"), await seats(day, "l2")
    assert (one.placed, one.moved, one.free, one.rounds) == (4, 2, 0, {})
    assert (two.placed, two.moved, two.free, two.rounds) == (1, -2, 0, {})


async def test_a_cancelled_round_frees_what_it_held(day: MatchDay) -> None:
    await day.opened("r1", ["l1", "l2"], CHOICES, HOSTS)
    await day.matched("r1")
    await day.database.transact(partial(day.days.cancel, "r1"))
    await offer(day, "l1", "x1")
    assert [(await seats(day, id)).free for id in ("l1", "l2")] == [1, 3]


async def test_a_round_that_assigns_some_of_the_seats_leaves_the_others_to_offers(day: MatchDay) -> None:
    await day.opened("r1", ["l1"], {"a0": ["l1"]}, {"l1": {"by": "score", "seats": 1}})
    await day.matched("r1")
    await offer(day, "l1", "x1")
    with pytest.raises(Conflict):
        await offer(day, "l1", "x2")
    await day.published("r1")
    assert (await seats(day, "l1")).placements == ("r1:a0",)


async def test_who_accepts_outside_before_the_lock_is_ruled_out_of_what_overlaps(day: MatchDay) -> None:
    await day.opened("r1", ["l1", "l2"], CHOICES, HOSTS)
    await accept(day, "l3", "a1")
    await day.matched("r1")
    await day.published("r1")
    decided = (await outcomes(day))["a1"]
    assert (decided.listing_id, {choice.result for choice in decided.choices}) == (None, {"placed_elsewhere"})
    assert [one.listing_id for one in await day.placements.page("", 10, attendee_id="a1")] == ["l3"]


async def test_what_was_accepted_under_another_id_of_the_same_person_rules_out_what_overlaps(day: MatchDay) -> None:
    await day.opened("r1", ["l1", "l2"], CHOICES, HOSTS)
    await day.database.transact(lambda tx: day.candidates.save([Candidate("b1", 0, 1, merged_into="a1")], [], set(), {}, tx))
    await accept(day, "l3", "b1")
    await day.matched("r1")
    await day.published("r1")
    decided = (await outcomes(day))["a1"]
    assert (decided.listing_id, {choice.result for choice in decided.choices}) == (None, {"placed_elsewhere"})


async def test_who_accepts_outside_after_the_match_keeps_that_and_their_seat_in_the_round_is_free(day: MatchDay) -> None:
    await day.opened("r1", ["l1", "l2"], CHOICES, HOSTS)
    await day.matched("r1")
    assert (await day.seats("r1"))["a1"] == "l1"
    await accept(day, "l3", "a1")
    round = await day.published("r1")
    decided = await outcomes(day)
    assert (decided["a1"].listing_id, {choice.result for choice in decided["a1"].choices}) == (None, {"placed_elsewhere"})
    assert [one.listing_id for one in await day.placements.page("", 10, attendee_id="a1")] == ["l3"]
    left = await seats(day, "l1")
    assert (left.placements, left.moved, left.free, left.rounds) == (("r1:a2", "r1:a3"), 1, 1, {})
    assert {id for id, one in decided.items() if one.listing_id} == {"a0", "a2", "a3", "a5"}, "the others keep what they got"
    assert (round.matched, sorted(day.superseded)) == (4, ["a0", "a2", "a3", "a5"])
    assert (await day.seats("r1"))["a1"] is None
    assert (await day.entries.listings("r1"))["l1"].placed == ("a2", "a3")
    check = await day.matcher.check(round)
    assert (check.blocking_pairs, check.repeats) == ([], None)


@pytest.mark.parametrize("late", [False, True])
async def test_nobody_gets_a_second_seat_of_a_listing_however_many_hours_they_have(day: MatchDay, late: bool) -> None:
    hours = {"conditions.hours_per_week": 5, "conditions.starts": "2027-03-01", "conditions.ends": "2027-05-31"}
    await day.database.db["listings"].update_many({}, {"$set": hours})
    await day.opened("r1", ["l1"], {"a1": ["l1"], "a2": ["l1"]}, {"l1": {"by": "score", "seats": 1}})
    if late:
        await day.matched("r1")
        await accept(day, "l1", "a1")
    else:
        await accept(day, "l1", "a1")
        await day.matched("r1")
    await day.published("r1")
    decided = await outcomes(day)
    assert {choice.result for choice in decided["a1"].choices} == {"placed_elsewhere"}
    assert decided["a2"].listing_id == (None if late else "l1")
    assert len(await day.placements.page("", 10, attendee_id="a1")) == 1


async def test_an_erasure_deletes_placements_and_frees_their_seats(day: MatchDay) -> None:
    await day.opened("r1", ["l1", "l2"], CHOICES, HOSTS)
    await day.matched("r1")
    await day.published("r1")
    await accept(day, "l3", "a4")
    await day.database.transact(partial(day.eraser.erase, ["a1", "a4", "nobody"]))
    assert {one.attendee_id for one in await day.placements.page("", 10)} == {"a0", "a2", "a3", "a5"}
    assert await day.database.db["commitments"].find({"_id": {"$in": ["a1", "a4"]}}).to_list(None) == []
    assert ((await seats(day, "l1")).free, (await seats(day, "l3")).free) == (1, 1)
    gone = [key for key, value in await day.told("matching.placements") if value is None]
    assert len(gone) == 2
    assert "r1:a1" in gone


def in_small_pages(day: MatchDay) -> None:
    day.sizes = BatchSizes(page=2, pages=1, unsent=1000)
    day.worker = day.another_worker()


async def as_of_0_1_0(day: MatchDay) -> None:
    """Leave of the database what that version would have."""
    for name in ("seats", "placements", "commitments", "migrations"):
        await day.database.db.drop_collection(name)
    await day.database.outbox.delete_many({})


async def adopt(day: MatchDay) -> dict[str, tuple[int, int, int]]:
    """Take over what the rounds promised. Returns of each listing how many seats are placed, held and moved."""
    earlier = SeatsOfRounds(
        day.rounds, Entries(day.database.db), day.catalogue, day.stored_seats, day.placement_maker, day.database, day.sizes
    )
    await earlier.adopt()
    found = await day.database.db["seats"].find().to_list(None)
    return {one["_id"]: (len(one["placements"]), sum(held["seats"] for held in one["rounds"]), one["moved"]) for one in found}


async def test_seats_and_placements_of_rounds_of_an_earlier_version_are_taken_over_once(day: MatchDay) -> None:
    in_small_pages(day)
    await day.opened("r1", ["l1", "l2"], CHOICES, HOSTS | {"l2": {"attendee_ids": ["a5"], "reverts_to": "l1"}})
    await day.matched("r1")
    await day.published("r1")
    expected = {one.id: one for one in await day.placements.page("", 10)}
    await as_of_0_1_0(day)
    await day.opened("r2", ["l3"], {"a0": ["l3"]}, {})
    await day.database.transact(partial(day.days.cancel, "r2"))
    assert await adopt(day) == {"l1": (4, 0, 2), "l2": (1, 0, -2)}
    told = await day.told("matching.seats")
    await day.database.db["migrations"].delete_many({})  # as if it was stopped before its end
    assert await adopt(day) == await adopt(day) == {"l1": (4, 0, 2), "l2": (1, 0, -2)}
    assert await day.told("matching.seats") == told != []
    taken = {one.id: one for one in await day.placements.page("", 10)}
    assert {id: (one.listing_id, one.reverted_from, one.version) for id, one in taken.items()} == {
        id: (one.listing_id, one.reverted_from, one.version) for id, one in expected.items()
    }
    assert await day.told("matching.placements") == [], "readers know them already"
    # As listings publishes l1 then: nothing is left.
    await day.database.db["listings"].update_one({"_id": "l1"}, {"$set": {"seats": 0, "version": 2}})
    assert (await seats(day, "l1")).free == 0


@pytest.mark.parametrize("published", [0, 1])
async def test_a_round_that_an_earlier_version_locked_or_had_begun_to_publish_gives_what_it_promised(
    day: MatchDay, published: int
) -> None:
    in_small_pages(day)
    await day.opened("r1", ["l1", "l2"], CHOICES, HOSTS)
    await day.matched("r1")
    assigned = {id: seat for id, seat in (await day.seats("r1")).items() if seat}
    if published:  # the first page: a0 in l2, a1 in l1
        await day.database.transact(partial(day.days.publish, "r1"))
        round = await day.claim("r1", "w")
        assert round
        assert (await day.worker.advance(round, "w")).done == 1
        await day.database.db["rounds"].update_one({"_id": "r1"}, {"$set": {"until": LONG_AGO}})
    made = {one.id for one in await day.placements.page("", 10)}
    await as_of_0_1_0(day)
    # Meanwhile, the listing was closed.
    await day.database.db["listings"].update_one({"_id": "l1"}, {"$set": {"open": False, "version": 2}})
    # a3 has a seat of l2's that reverts to l1.
    expected = {"l1": (1, 1, 0), "l2": (1, 2, 0)} if published else {"l1": (0, 2, 0), "l2": (0, 3, 0)}
    assert await adopt(day) == expected
    assert {one.id for one in await day.placements.page("", 10)} == made
    await (day.worker.work() if published else day.published("r1"))
    assert (await day.get("r1")).state == "published"
    assert {one.attendee_id: one.listing_id for one in await day.placements.page("", 10)} == assigned
    left = {id: await seats(day, id) for id in ("l1", "l2")}
    assert {id: (one.placed, one.moved, one.rounds) for id, one in left.items()} == {"l1": (3, 1, {}), "l2": (2, -1, {})}
    last = dict(await day.told("matching.placements"))
    assert json.loads(last["r1:a2"] or b"")["listing_id"] == "l1"
