"""Seats and placements on a real database, where many want the same at once."""

import asyncio
import json
from functools import partial

import pytest

from matching.model.candidates import Candidate
from matching.placements.use_cases.placement_maker import Overlap
from shared.refusals import Conflict, NotFound
from support.placing import Placing, refused


async def test_of_a_hundred_offers_of_the_last_seat_at_once_exactly_one_holds(placing: Placing) -> None:
    await placing.know({}, l1=1)
    transact = placing.database.transact
    offers = [transact(partial(placing.seats.offer, "l1", f"a{number}")) for number in range(100)]
    results = await asyncio.gather(*map(refused, offers))
    assert results.count(None) == 1
    assert {str(result) for result in results if result} == {
        "listing 'l1' has no seat left: 0 taken, 1 offered, of 1; raise its capacity, or wait until a seat is free"
    }
    seats = await placing.stored_seats.get("l1")
    assert seats
    assert (seats.offers, seats.free, seats.version) == ((f"a{results.index(None)}",), 0, 1)
    assert [json.loads(value or b"")["offered"] for _, value in await placing.published("matching.seats")] == [1]


async def test_of_two_acceptances_of_one_person_at_once_one_wins(placing: Placing) -> None:
    """mentorship-backend#191: two requests that were accepted at the same moment gave one person two mentors."""
    await placing.know({"ada": 30, "ben": 40}, l1=2, l2=2)
    won = await asyncio.gather(*(refused(placing.confirm(listing, "ada")) for listing in ("l1", "l2")))
    (lost,) = [one for one in won if one]
    assert isinstance(lost, Overlap)
    assert str(lost).startswith(
        f"the attendee has a placement at that time, {('l2', 'l1')[won.index(lost) == 1]!r} from 2027-03-01"
    )
    assert not any(id in lost.for_hosts for id in ("l1", "l2"))
    taken = [await placing.stored_seats.get(id) for id in ("l1", "l2")]
    assert sorted(seats.placed if seats else 0 for seats in taken) == [0, 1]
    assert len(await placing.published("matching.placements")) == 1
    both = await asyncio.gather(*(refused(placing.confirm(listing, "ben")) for listing in ("l1", "l2")))
    assert both == [None, None], "who has the hours may have both"


async def test_of_two_acceptances_by_two_ids_of_one_person_at_once_one_wins(placing: Placing) -> None:
    """An operator merged the attendees: what one of them has taken, the other has no hours for."""
    await placing.know({"ada": 30, "ada2": None, "ada3": None}, l1=2, l2=2, l3=2)
    merged = [Candidate(id, 0, 2, merged_into="ada") for id in ("ada2", "ada3")]
    await placing.database.transact(lambda tx: placing.candidates.save([], merged, set(), {}, tx))
    won = await asyncio.gather(refused(placing.confirm("l1", "ada2")), refused(placing.confirm("l2", "ada3")))
    (lost,) = [one for one in won if one]
    assert isinstance(lost, Overlap)
    for id in ("ada", "ada2", "ada3"):
        assert isinstance(await refused(placing.confirm("l3", id)), Overlap), "whichever id is used"
    seated = await refused(placing.confirm(("l1", "l2")[won.index(None)], "ada"))
    assert "already has a seat in listing" in str(seated)
    persons = await placing.database.transact(partial(placing.candidates.persons, ["ada", "ada3", "ben"]))
    group = ("ada", "ada2", "ada3")
    assert persons == {"ada": group, "ada3": group, "ben": ("ben",)}


async def test_a_placement_turns_the_offer_into_a_seat_once_and_may_follow_an_earlier_one(placing: Placing) -> None:
    await placing.know({"ada": None}, l1=1)
    id = "l1-ada"
    await placing.database.transact(partial(placing.seats.offer, "l1", id))
    first = await placing.confirm("l1", "ada", application_id=id)
    assert await placing.confirm("l1", "ada", application_id=id) == first
    with pytest.raises(Conflict, match="already has a seat in listing 'l1'"):
        await placing.confirm("l1", "ada", round_id="r1")
    seats = await placing.stored_seats.get("l1")
    assert seats
    assert (seats.placements, seats.offers) == ((id,), ())
    await placing.database.db["placements"].update_one({"_id": id}, {"$set": {"state": "ended"}})
    await placing.database.transact(partial(placing.seats.free, "l1", id))
    second = await placing.confirm("l1", "ada", application_id=id)
    assert (first.id, second.id) == (id, f"{id}-2")
    told = [(key, json.loads(value or b"")["version"]) for key, value in await placing.published("matching.placements")]
    assert told == [(id, 1), (f"{id}-2", 1)]


async def test_nothing_is_held_of_a_listing_that_is_unknown(placing: Placing) -> None:
    for act in (placing.seats.offer, placing.seats.place):
        with pytest.raises(NotFound, match="there is no listing 'l9'"):
            await placing.database.transact(partial(act, "l9", "a1"))
    await placing.database.transact(partial(placing.seats.withdraw_offer, "l9", "a1"))
    await placing.database.transact(partial(placing.seats.free, "l9", "a1"))
    assert await placing.stored_seats.get("l9") is None


async def test_a_round_holds_places_moves_and_releases(placing: Placing) -> None:
    await placing.know({}, l1=2, l2=1, l3=4)
    transact, seats = placing.database.transact, placing.seats
    held = await transact(partial(seats.hold, "r.1", ["l1", "l2", "l3"], most={"l3": 2}))
    assert held == {"l1": 2, "l2": 1, "l3": 2}
    assert await transact(partial(seats.hold, "r.1", ["l1"])) == {"l1": 2}
    await transact(partial(seats.place, "l2", "r.1:ada", round_id="r.1"))
    await transact(partial(seats.move, "l1", "l2", 1, round_id="r.1"))
    await transact(partial(seats.place, "l2", "r.1:ben", round_id="r.1"))
    with pytest.raises(Conflict, match="has no seat left"):
        await transact(partial(seats.offer, "l1", "a1"))
    await transact(partial(seats.release, "r.1"))
    await transact(partial(seats.release, "r.1"))
    left = {id: await transact(partial(seats.get, id)) for id in ("l1", "l2", "l3")}
    assert {id: (one.placed, one.moved, one.free) for id, one in left.items()} == {
        "l1": (0, -1, 1),
        "l2": (2, 1, 0),
        "l3": (0, 0, 4),
    }
    await transact(partial(seats.erase, ["r.1:ada", "r.1:ben"], ["a1"]))
    assert (await transact(partial(seats.get, "l2"))).free == 2
