"""What an acceptance does to other applications, offers and seats, at the same moment and afterwards.

Where a name begins with a project and a number, it is the issue in which users told of the case.
"""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from matching.placements.use_cases.placement_maker import Overlap
from shared.database.mongo import Tx
from support.applying import AUTUMN, SUMMER, Applying, told
from support.placing import refused


async def test_outreachy_302_a_third_host_that_picks_the_same_person_learns_that_they_are_taken(world: Applying) -> None:
    """Two hosts have picked Ada, and she accepts one. A third one is refused, and not told by whom she was taken."""
    first, second, third = [await world.apply("ada", id) for id in ("l1", "l2", "l3")]
    first, second = await world.offer(first), await world.offer(second)
    await world.do("accept", first)
    second, third = await world.get(second), await world.get(third)
    assert {(one.state, one.reason) for one in (second, third)} == {("superseded", "accepted_elsewhere")}
    assert [await world.taken(id) for id in ("l1", "l2", "l3")] == [(1, 0), (0, 0), (0, 0)]
    refusal = await refused(world.offer(third))
    assert "has another placement at that time" in str(refusal)
    assert "l1" not in str(refusal)
    assert [event["state"] for event in await told(world, second)] == ["submitted", "offered", "superseded"]


async def test_dfe_4510_accepting_here_ends_the_interview_there(world: Applying) -> None:
    """A candidate accepted an offer, and stayed in an interview elsewhere: every live application ends, in any state."""
    accepted = await world.offered("ada", "l1")
    interviewing = await world.interview(await world.apply("ada", "l2"))
    screened = await world.do("screen", await world.apply("ada", "l3"))
    await world.do("accept", accepted)
    for one in (interviewing, screened):
        after = await world.get(one)
        assert (after.state, after.interview, after.slots, after.answer_by) == ("superseded", None, (), None)
    last = (await told(world, interviewing))[-1]
    assert (last["state"], last["reason"], last["interview"]) == ("superseded", "accepted_elsewhere", None)


async def test_what_fits_beside_the_placement_goes_on(world: Applying) -> None:
    await world.host("half", "other", conditions=replace(SUMMER, hours_per_week=20))
    await world.host("autumn", conditions=AUTUMN)
    accepted = await world.offered("ada", "half")
    beside, later, too_much = [await world.apply("ada", id) for id in ("other", "autumn", "l1")]
    await world.do("accept", accepted)
    assert [(await world.get(one)).state for one in (beside, later, too_much)] == ["submitted", "submitted", "superseded"]
    await world.do("accept", await world.offer(beside))
    assert await refused(world.apply("ada", "l2")), "no hours are left in the summer"


async def test_mentorship_backend_191_of_two_acceptances_at_once_one_wins(world: Applying) -> None:
    offers = [await world.offered("ada", id) for id in ("l1", "l2")]
    results = await asyncio.gather(*(refused(world.do("accept", one)) for one in offers))
    (lost,) = [one for one in results if one]
    won, other = offers[results.index(None)], offers[1 - results.index(None)]
    assert (await world.get(won)).state == "accepted"
    assert (await world.get(other)).state == "superseded"
    # Whoever lost found the other placement, or that their offer was superseded by it.
    assert isinstance(lost, Overlap) or "another placement of the attendee leaves no hours for it" in str(lost)
    assert sorted([await world.taken(id) for id in ("l1", "l2")]) == [(0, 0), (1, 0)]
    assert len(await world.published("matching.placements")) == 1


async def test_dfe_9141_after_an_accepted_seat_fell_through_others_may_offer_again(world: Applying) -> None:
    accepted, other = await world.offered("ada", "l1"), await world.apply("ada", "l2")
    accepted = await world.do("accept", accepted)
    other = await world.get(other)
    assert other.state == "superseded"

    async def end(tx: Tx) -> None:
        placement = await world.placements.get(accepted.placement_id or "", tx)
        assert placement
        await world.placements.save(replace(placement, state="ended", end_reason="no_show", version=2), tx)
        await world.seats.free("l1", placement.id, tx)

    await world.database.transact(end)
    again = await world.do("accept", await world.offer(other))
    assert again.state == "accepted"
    assert [await world.taken(id) for id in ("l1", "l2")] == [(0, 0), (1, 0)]
    assert (await world.get(accepted)).state == "accepted", "what was accepted is history"


async def test_an_application_sent_while_another_one_is_accepted_is_superseded_or_refused(world: Applying) -> None:
    for attempt in range(5):
        attendee, here, there = f"cyd{attempt}", f"here{attempt}", f"there{attempt}"
        await world.attend(attendee)
        await world.host(here, there)
        offered = await world.offered(attendee, here)
        refusals = await asyncio.gather(refused(world.do("accept", offered)), refused(world.apply(attendee, there)))
        assert refusals[0] is None
        states = {one.listing_id: one.state for one in await world.applications.page("", 10, attendee_id=attendee)}
        assert states[here] == "accepted"
        assert states.get(there, "superseded") == "superseded"
        assert (there in states) == (refusals[1] is None)


async def test_a_seat_of_a_match_day_supersedes_as_an_acceptance_does(world: Applying) -> None:
    await world.host("autumn", conditions=AUTUMN)
    for attendee in ("ada", "ben"):
        await world.apply(attendee, "l2")
    offered, later = await world.offered("ada", "l3"), await world.apply("ada", "autumn")
    placement = await world.confirm("l1", "ada", round_id="r1")
    await world.database.transact(partial(world.superseder.supersede, [placement]))
    after = {one.listing_id: (one.state, one.reason) for one in await world.applications.page("", 10, attendee_id="ada")}
    assert after == {"l2": ("superseded", "match_day"), "l3": ("superseded", "match_day"), "autumn": ("submitted", None)}
    assert await world.taken("l3") == (0, 0)
    assert await world.get(later) == later
    assert (await told(world, offered))[-1]["reason"] == "match_day"
    assert [one.state for one in await world.applications.page("", 10, attendee_id="ben")] == ["submitted"]


async def test_of_many_offers_of_the_last_seat_at_once_one_holds(world: Applying) -> None:
    people = [f"p{number}" for number in range(20)]
    await world.attend(*people)
    applications = [await world.apply(id, "l1") for id in people]
    results = await asyncio.gather(*(refused(world.offer(one)) for one in applications))
    assert results.count(None) == 1
    assert all("has no seat left" in str(one) for one in results if one)
    assert await world.taken("l1") == (0, 1)
    states = [(await world.get(one)).state for one in applications]
    assert states.count("offered") == 1
    assert states.count("submitted") == 19


@pytest.mark.parametrize("end", ["decline", "rescind", "withdraw"])
async def test_erpnext_29265_an_offer_that_ends_frees_its_seat_at_once(world: Applying, end: Any) -> None:
    first, second = await world.offered("ada", "l1"), await world.apply("ben", "l1")
    assert "has no seat left" in str(await refused(world.offer(second)))
    await world.do(end, first)
    assert await world.taken("l1") == (0, 0)
    await world.do("accept", await world.offer(second))
    assert await world.taken("l1") == (1, 0)


async def test_hrms_680_a_host_offers_to_somebody_rejected(world: Applying) -> None:
    rejected = await world.do("reject", await world.apply("ada", "l1"))
    assert (await world.do("accept", await world.offer(rejected))).state == "accepted"


async def test_indico_2991_accept_reset_withdraw_and_restore_leave_one_seat_and_one_story(world: Applying) -> None:
    offered = await world.offered("ada", "l1")
    reset = await world.do("rescind", offered)
    assert await world.taken("l1") == (0, 0)
    offered = await world.offer(reset)
    withdrawn = await world.do("withdraw", offered)
    assert await refused(world.offer(withdrawn)), "nobody is offered a seat who withdrew"
    assert await world.taken("l1") == (0, 0)
    restored = await world.apply("ada", "l1", "Once more.")
    assert (restored.id, restored.attempt, restored.state) == (offered.id, 2, "submitted")
    accepted = await world.do("accept", await world.offer(restored))
    assert await world.taken("l1") == (1, 0)
    story = ["submitted", "offered", "rescinded", "offered", "withdrawn", "submitted", "offered", "accepted"]
    assert [step.state for step in accepted.history] == story
    assert [event["version"] for event in await told(world, accepted)] == list(range(1, 9)), "each version is told once"


async def test_dfe_5920_whoever_withdraws_before_an_interview_has_it_called_off(world: Applying) -> None:
    invited = await world.interview(await world.apply("ada", "l1"))
    assert invited.interview
    withdrawn = await world.do("withdraw", invited)
    assert (withdrawn.state, withdrawn.interview) == ("withdrawn", None)
    assert (await told(world, withdrawn))[-1]["interview"] is None


async def test_cncf_mentoring_845_whoever_withdrew_applies_again_and_the_host_is_told(world: Applying) -> None:
    withdrawn = await world.do("withdraw", await world.apply("ada", "l1", "First."))
    again = await world.apply("ada", "l1", "Second.")
    assert (again.id, again.attempt, again.version) == (withdrawn.id, 2, 3)
    assert again.letter is not None
    assert again.letter.note == "Second."
    assert [(event["state"], event["attempt"]) for event in await told(world, again)] == [
        ("submitted", 1),
        ("withdrawn", 1),
        ("submitted", 2),
    ]
    assert (await world.apply("ada", "l1", "Second.")).version == 3, "sent twice, it is one application"


async def test_after_the_capacity_was_lowered_promises_hold_and_nothing_more_is_promised(world: Applying) -> None:
    await world.host("two", capacity=2)
    first, second = await world.offered("ada", "two"), await world.apply("ben", "two")
    await world.host("two", capacity=1, version=2)
    assert "has no seat left" in str(await refused(world.offer(second)))
    assert (await world.do("accept", first)).state == "accepted"
