"""Applications on a real database: what one act does to others, at the same moment and as time passes.

Where a name begins with a project and a number, it is the issue in which users told of the case.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

import pytest

from matching.applications.domain.application import Answers, Application
from matching.applications.domain.profile import HostProfile
from matching.applications.domain.requests import Letter
from matching.applications.use_cases.application_changer import CommandRequest
from matching.applications.use_cases.obstacles import MAX_LIVE
from matching.applications.use_cases.retention import Retention
from matching.applications.worker import RetentionWorker
from matching.model.candidates import Candidate
from matching.model.listings import Conditions
from matching.placements.use_cases.placement_maker import Overlap
from shared import clock
from shared.contract.events.listings import Pay
from shared.database.mongo import Tx
from shared.refusals import Conflict, NotFound, Stale
from support.applying import DAY, SUMMER, Applying
from support.placing import refused

AUTUMN: Final = Conditions(date(2099, 10, 1), date(2099, 11, 30), 40)


@pytest.fixture
async def world(environment: dict[str, str]) -> AsyncIterator[Applying]:
    """Ada and Ben, with 40 hours a week, and the hosts l1, l2 and l3, with one seat each for the whole summer."""
    async with Applying() as world:
        await world.applications.ensure_indexes()
        await world.attend("ada", "ben")
        await world.host("l1", "l2", "l3")
        yield world


async def told(world: Applying, application: Application) -> list[dict[str, Any]]:
    """The events about the application, in their order."""
    events = await world.published("matching.applications")
    return [json.loads(value) for key, value in events if key == application.id and value]


# What an acceptance does


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


# Offers and seats


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


# What stands in the way


async def test_pythondotorg_2755_nobody_applies_who_would_have_to_be_nominated(world: Applying) -> None:
    await world.host("board", kind="leadership")
    assert "whom mentors nominate" in str(await refused(world.apply("ada", "board")))
    assert not await world.published("matching.applications")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"open": False, "closed": True}, "closed"),
        ({"open": False}, "closed"),
        ({"approved": False}, "host not approved"),
        ({"deadline": clock.now() - DAY}, "deadline passed"),
    ],
)
async def test_nobody_applies_for_a_listing_that_is_not_open(world: Applying, changes: dict[str, Any], why: str) -> None:
    await world.host("l1", version=2, **changes)
    assert f"takes no applications: {why}" in str(await refused(world.apply("ada", "l1")))


async def test_nobody_applies_without_consent_or_without_end(world: Applying) -> None:
    await world.database.transact(lambda tx: world.candidates.save([Candidate("eve", 0, 2)], [], set(), {}, tx))
    assert "has not agreed to be matched" in str(await refused(world.apply("eve", "l1")))
    with pytest.raises(NotFound, match="no attendee 'nobody' who has agreed to be matched"):
        await world.apply("nobody", "l1")
    with pytest.raises(NotFound):
        await world.apply("ada", "nothing")
    await world.host(*(f"many{number}" for number in range(MAX_LIVE)))
    for number in range(MAX_LIVE):
        await world.apply("ada", f"many{number}")
    assert f"has {MAX_LIVE} applications that are not decided" in str(await refused(world.apply("ada", "l1")))


async def test_a_preview_shows_what_is_shared_and_all_that_stands_in_the_way(world: Applying) -> None:
    preview = await world.database.transact(partial(world.applicants.preview, "ada", "l1"))
    assert ([one.term for one in preview.profile.skills], preview.obstacles, preview.mismatch) == (["numpy"], [], None)
    assert (preview.answer_days, preview.answers, preview.application) == (21, Answers(), None)
    await world.attend("cyd", hours=20)
    await world.host("l1", version=2, open=False, answer_days=5)
    preview = await world.database.transact(partial(world.applicants.preview, "cyd", "l1"))
    assert ([one.kind for one in preview.obstacles], preview.mismatch, preview.answer_days) == (["listing_closed"], "hours", 5)
    await world.do("accept", await world.offered("ada", "l2"))
    preview = await world.database.transact(partial(world.applicants.preview, "ada", "l3"))
    assert [one.kind for one in preview.obstacles] == ["placed"]
    preview = await world.database.transact(partial(world.applicants.preview, "nobody", "l3"))
    assert [one.kind for one in preview.obstacles] == ["no_consent"]


async def test_a_look_at_an_application_is_recorded_once_and_erased_with_the_attendee(world: Applying) -> None:
    async def look(attendee: str, listing: str, *, opens: bool = True) -> None:
        await world.database.transact(partial(world.applicants.preview, attendee, listing, opens=opens))

    async def known() -> dict[str, list[str]]:
        return {one["_id"]: one["listing_ids"] async for one in world.database.db["openings"].find()}

    await asyncio.gather(look("ada", "l1"), look("ada", "l2"), look("ada", "l1"))
    await look("ada", "l2")
    await look("ben", "l3", opens=False)  # an operator looks
    await look("nobody", "l1")
    assert {id: sorted(listings) for id, listings in (await known()).items()} == {"ada": ["l1", "l2"]}
    await look("ben", "l1")

    async def erase(tx: Tx) -> None:
        await world.candidates.save([], [], ["ada"], {}, tx)
        await world.eraser.erase(["ada"], tx)

    await asyncio.gather(look("ada", "l3"), world.database.transact(erase))
    assert await known() == {"ben": ["l1"]}


# Retention


async def test_what_ended_long_ago_keeps_its_course_but_nothing_that_was_written(world: Applying) -> None:
    await world.attend("cyd")
    rejected, waiting = await world.apply("ben", "l1", "a note"), await world.apply("cyd", "l2", "another note")
    await world.do("reject", rejected)
    accepted = await world.do("accept", await world.offered("ada", "l3"))
    sweeper = RetentionWorker(
        Retention(world.applications, world.placements), world.applications, world.placements, world.database, 365 * DAY,
        lambda: world.now,
    )  # fmt: skip
    before = await world.get(rejected)
    world.late.ahead = 364 * DAY
    await sweeper.sweep()
    assert await world.get(rejected) == before
    world.late.ahead = 366 * DAY
    await sweeper.sweep()
    after = await world.get(rejected)
    assert (after.letter, after.profile, after.requests) == (None, HostProfile(), ())
    assert after == replace(before, letter=None, profile=HostProfile(), requests=())
    assert await world.applications.answers_of("o-l1") == Answers(1, 0)
    for one in (waiting, accepted):  # not answered yet; and the placement is still ahead
        assert (await world.get(one)).letter is not None
    document = await world.database.db["applications"].find_one({"_id": rejected.id})
    assert document
    assert "over_since" not in document
    assert (await world.offer(after)).state == "offered"


async def test_a_letter_that_is_no_longer_kept_comes_again_with_the_next_application(world: Applying) -> None:
    withdrawn = await world.do("withdraw", await world.apply("ada", "l1", "a note"))
    retention = Retention(world.applications, world.placements)
    await world.database.transact(partial(retention.reduce_applications, world.now + DAY, [withdrawn.id]))
    reduced = await world.get(withdrawn)
    assert (reduced.letter, reduced.version) == (None, withdrawn.version)
    again = await world.apply("ada", "l1", "a second note")
    assert again.letter
    assert (again.letter.note, again.attempt, again.version) == ("a second note", 2, withdrawn.version + 1)
    await world.database.transact(partial(retention.reduce_applications, world.now + DAY, [again.id]))
    assert (await world.get(again)).letter == again.letter  # it is live


# Commands


async def test_a_repeated_command_answers_as_the_first_did_and_an_outdated_one_is_refused(world: Applying) -> None:
    new = await world.apply("ada", "l1")
    deadline = clock.now() + 7 * DAY
    offered = await world.do("offer", new, deadline=deadline)
    assert await world.do("offer", new, deadline=deadline) == offered
    with pytest.raises(Stale, match="you saw version 1, it is at version 2"):
        await world.do("offer", new, deadline=deadline + DAY)
    accepted = await world.do("accept", offered)
    assert await world.do("accept", offered) == accepted
    assert await world.do("offer", new, deadline=deadline) == accepted, "it was done, whatever came after"
    with pytest.raises(Stale):
        await world.do("decline", offered)
    assert len(await told(world, new)) == 3
    withdraw = CommandRequest(id=accepted.id, command="withdraw")
    refusal = await refused(world.database.transact(partial(world.applicants.withdraw, withdraw)))
    assert "what follows is decided in its placement" in str(refusal)


async def test_of_the_same_command_given_twice_at_once_one_is_done(world: Applying) -> None:
    new = await world.apply("ada", "l1")
    both = await asyncio.gather(world.do("screen", new), world.do("screen", new))
    assert both[0] == both[1]
    send = partial(world.applicants.apply, "ben", "l1", Letter(name="Ben"))
    sent = await asyncio.gather(*(world.database.transact(send) for _ in range(3)))
    assert sorted(new for _, new in sent) == [False, False, True]
    assert len({application.id for application, _ in sent}) == 1


async def test_applications_of_others_do_not_exist(world: Applying) -> None:
    application = await world.offered("ada", "l1")
    for given in (
        CommandRequest(id=application.id, command="accept", seen=2, attendees={"ben"}),
        CommandRequest(id=application.id, command="accept", seen=2, attendees=set()),
        CommandRequest(id="nothing", command="accept", seen=2),
    ):
        with pytest.raises(NotFound, match="there is no application"):
            await world.database.transact(partial(world.applicants.accept, given))
    for hosts in ({"o-l2"}, set[str]()):
        given = CommandRequest(id=application.id, command="rescind", seen=2, hosts=hosts)
        with pytest.raises(NotFound, match="there is no application"):
            await world.database.transact(partial(world.hosts.rescind, given))
    assert await world.get(application) == application


# Time


async def test_an_offer_lapses_at_its_deadline_and_frees_its_seat(world: Applying) -> None:
    offered = await world.offered("ada", "l1")
    await world.pass_(6 * DAY)
    assert (await world.get(offered)).state == "offered"
    world.late.ahead += 2 * DAY
    assert "deadline has passed" in str(await refused(world.do("accept", offered))), "before the clock has come round"
    await world.pass_(timedelta())
    lapsed = await world.get(offered)
    assert (lapsed.state, lapsed.offer) == ("lapsed", None)
    assert await world.taken("l1") == (0, 0)
    await world.pass_(30 * DAY)
    assert await world.get(offered) == lapsed
    assert [event["state"] for event in await told(world, offered)] == ["submitted", "offered", "lapsed"]
    assert (await world.offer(lapsed)).state == "offered"


async def test_what_is_not_answered_is_closed_told_and_counted(world: Applying) -> None:
    await world.host("soon", answer_days=5)
    slow, quick, rejected = [await world.apply("ada", id) for id in ("l1", "soon", "l3")]
    await world.do("reject", rejected)
    await world.pass_(6 * DAY)
    assert [(await world.get(one)).state for one in (slow, quick)] == ["submitted", "closed"]
    await world.pass_(16 * DAY)
    closed = await world.get(slow)
    assert (closed.state, closed.reason, closed.history[-1].by) == ("closed", "no_answer", "clock")
    assert await world.applications.answers_of("o-l1") == Answers(0, 1)
    assert await world.applications.answers_of("o-l3") == Answers(1, 0)
    again = await world.apply("ada", "l1", "Please look.")
    assert again.attempt == 2
    await world.offer(again)
    assert await world.applications.answers_of("o-l1") == Answers(1, 1)


async def test_what_cannot_be_read_keeps_nothing_else_waiting(world: Applying) -> None:
    first, second = await world.apply("ada", "l1"), await world.apply("ben", "l2")
    documents = world.database.db["applications"]
    await documents.update_one({"_id": first.id}, {"$set": {"state": "lost"}})
    await world.pass_(22 * DAY)
    assert (await world.get(second)).state == "closed"
    await documents.update_one({"_id": first.id}, {"$set": {"state": "submitted"}})
    await world.pass_(timedelta())
    assert (await world.get(first)).state == "closed"


# Listings


async def test_a_listing_that_is_closed_closes_what_is_open_and_one_that_is_filled_does_not(world: Applying) -> None:
    asked, offered = await world.apply("ada", "l1"), await world.offered("ben", "l1")
    filled = await world.apply("ada", "l2")
    await world.host("l1", version=2, open=False, closed=True)
    await world.host("l2", version=2, open=False)
    for _ in range(2):
        await world.worker.follow_listings(clock.now())
    asked = await world.get(asked)
    assert (asked.state, asked.reason) == ("closed", "listing_closed")
    assert (await world.get(filled)).state == "submitted"
    assert (await world.do("accept", offered)).state == "accepted", "what was promised holds"
    assert await world.applications.answers_of("o-l1") == Answers(1, 0)


async def test_terms_that_change_are_asked_about_once(world: Applying) -> None:
    new = await world.apply("ada", "l1")
    other = await world.apply("ada", "l2")
    await world.host("l1", version=2, title="Only another title")
    await world.worker.follow_listings(clock.now())
    assert await world.get(new) == new
    await world.host("l1", version=3, conditions=replace(SUMMER, hours_per_week=20), pay=Pay(amount=0))
    for _ in range(3):
        await world.worker.follow_listings(clock.now())
    asked = await world.get(new)
    assert (asked.changed_terms, asked.version, asked.listing_version) == (("hours", "pay"), 2, 1)
    assert await world.get(other) == other
    confirmed = await world.do("confirm-terms", asked)
    assert (confirmed.changed_terms, confirmed.listing_version, confirmed.terms.hours_per_week) == ((), 3, 20)
    await world.worker.follow_listings(clock.now())
    assert await world.get(new) == confirmed
    assert [event["changed_terms"] for event in await told(world, new)] == [[], ["hours", "pay"], []]


async def test_an_application_made_while_its_listing_changed_learns_of_it(world: Applying) -> None:
    """Its transaction saw the older listing, and is committed after the clock has followed the newer one."""
    await world.host("l1", version=2, conditions=AUTUMN)
    now = clock.now()
    await world.worker.follow_listings(now)
    made = await world.apply("ada", "l1")
    older = {"terms.starts": "2099-06-01", "terms.ends": "2099-08-31", "listing_version": 1}
    await world.database.db["applications"].update_one({"_id": made.id}, {"$set": older})
    await world.worker.follow_listings(now + timedelta(seconds=60))
    assert (await world.get(made)).changed_terms == ("dates",)
    assert await world.applications.followed() == 0, "it looks again while such a transaction may be left"
    await world.worker.follow_listings(now + timedelta(seconds=200))
    revision, changed = await world.catalogue.listings_changed_since(0)
    assert changed
    assert await world.applications.followed() == revision
    assert await world.catalogue.listings_changed_since(revision) == (revision, [])


async def test_many_applications_follow_their_listing_in_pages(world: Applying) -> None:
    people = [f"p{number:03}" for number in range(230)]
    await world.attend(*people)
    for start in range(0, len(people), 46):
        await asyncio.gather(*(world.apply(id, "l1") for id in people[start : start + 46]))
    await world.host("l1", version=2, open=False, closed=True)
    await world.worker.follow_listings(clock.now())
    page = await world.applications.page("", 300, listing_id="l1")
    assert [one.state for one in page] == ["closed"] * len(people)
    events = await world.published("matching.applications")
    assert len({(key, json.loads(value or b"")["version"]) for key, value in events}) == len(events) == 2 * len(people)


# Erasure


async def test_an_erasure_at_the_same_moment_leaves_no_application(world: Applying) -> None:
    for number in range(10):
        attendee = f"eve{number}"
        await world.attend(attendee)

        async def erase(tx: Tx, attendee: str = attendee) -> None:
            await world.candidates.save([], [], [attendee], {}, tx)
            await world.eraser.erase([attendee], tx)

        async def apply(attendee: str = attendee) -> None:
            with suppress(Conflict, NotFound):  # as whoever has agreed to nothing, or is not there any more
                await world.apply(attendee, "l1")

        await asyncio.gather(apply(), world.database.transact(erase))
        assert await world.applications.page("", 10, attendee_id=attendee) == []


async def test_an_erased_offer_frees_its_seat(world: Applying) -> None:
    offered = await world.offered("ada", "l1")
    await world.database.transact(partial(world.eraser.erase, ["ada"]))
    assert await world.taken("l1") == (0, 0)
    assert (await world.published("matching.applications"))[-1] == (offered.id, None)
    assert (await world.offered("ben", "l1")).state == "offered"
