"""The rankings of a round on a real database: how many it takes, and what is published when they change or go."""

import asyncio
from functools import partial

import pytest

from matching.rounds.domain.rounds import MAX_ATTENDEES
from shared.contract.events.matching import RankingChanged
from shared.refusals import Conflict, NotFound
from support.example_round import LISTINGS, PEOPLE
from support.rounds import MatchDay

pytestmark = pytest.mark.usefixtures("example")


async def test_a_round_takes_so_many_attendees_and_no_more(day: MatchDay) -> None:
    await day.opened("r1", list(LISTINGS), {"a00": ["l1"]}, {})
    await day.database.db["rounds"].update_one({"_id": "r1"}, {"$set": {"attendees": MAX_ATTENDEES}})
    with pytest.raises(Conflict, match="100,000 attendees have ranked, which is the most that a round takes"):
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
