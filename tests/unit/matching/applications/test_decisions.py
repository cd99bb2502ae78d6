"""What becomes of an application by each command: dates, appointments, offers and what ends with them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest

from matching.applications.domain import decisions
from matching.applications.domain.application import MAX_STEPS, Answers, Application, answers, course_only, event_of
from matching.applications.domain.profile import HostProfile
from matching.applications.domain.requests import Letter, Slot
from matching.applications.domain.transitions import AWAITING, LIVE, State
from matching.model.listings import Conditions
from shared.contract.events.listings import Pay
from shared.refusals import Conflict, Invalid
from support.applications import DAY, HOUR, LETTER, NOW, SUMMER, a_listing, an_offer, in_state, slot, submitted

STATES = get_args(State)


def states(application: Application) -> list[str]:
    return [step.state for step in application.history]


# Retention


@pytest.mark.parametrize("state", STATES)
def test_only_what_has_ended_is_over_and_an_accepted_one_not_before_its_placement(state: State) -> None:
    application = in_state(state)
    if application.live:
        assert application.over_since is None
    elif state == "accepted":
        assert application.over_since == datetime(2027, 9, 2, tzinfo=UTC)
    else:
        assert application.over_since == application.history[-1].at


@pytest.mark.parametrize("state", STATES)
def test_the_course_of_an_application_tells_nothing_that_was_written_and_all_that_is_counted(state: State) -> None:
    application = in_state(state)
    course = course_only(application)
    assert (course.letter, course.profile) == (None, HostProfile())
    assert (course.state, course.version, course.history) == (application.state, application.version, application.history)
    assert course_only(course) == course


# Applying


def test_an_application_is_to_be_answered_within_so_many_days() -> None:
    application = submitted()
    assert (application.state, application.version, application.attempt) == ("submitted", 1, 1)
    assert application.answer_by == application.due == NOW + 21 * DAY
    assert len(application.id) == 32


@pytest.mark.parametrize("state", LIVE)
def test_nobody_applies_twice(state: State) -> None:
    with pytest.raises(Conflict, match="already an application for this listing"):
        decisions.apply(in_state(state), "a1", a_listing(), LETTER, HostProfile(), NOW, 21)


@pytest.mark.parametrize("state", ["withdrawn", "closed"])
def test_cncf_mentoring_845_whoever_withdrew_or_got_no_answer_may_apply_again(state: State) -> None:
    before, later = in_state(state), NOW + 30 * DAY
    again = decisions.apply(before, "a1", a_listing(version=4), Letter(name="Ada"), HostProfile(), later, 10)
    assert (again.id, again.state, again.attempt) == (before.id, "submitted", 2)
    assert again.version == before.version + 1
    assert again.answer_by == later + 10 * DAY
    assert (again.letter, again.listing_version) == (Letter(name="Ada"), 4)
    assert states(again) == [*states(before), "submitted"]


@pytest.mark.parametrize("state", ["accepted", "declined", "lapsed", "rescinded", "rejected", "superseded"])
def test_what_the_host_or_the_attendee_decided_is_not_applied_for_again(state: State) -> None:
    with pytest.raises(Conflict):
        decisions.apply(in_state(state), "a1", a_listing(), LETTER, HostProfile(), NOW, 21)


# Interviews


def test_a_single_time_is_the_appointment_and_moves_the_day_of_the_answer() -> None:
    application = decisions.interview(submitted(), [slot(20 * DAY)], NOW)
    assert application.interview
    assert application.interview.starts == NOW + 20 * DAY
    assert application.answer_by == NOW + 27 * DAY + HOUR


def test_an_early_interview_leaves_the_day_of_the_answer() -> None:
    assert decisions.interview(submitted(), [slot(2 * DAY)], NOW).answer_by == NOW + 21 * DAY


def test_from_several_times_the_attendee_picks_one_and_may_pick_another() -> None:
    offered = decisions.interview(submitted(), [slot(2 * DAY), slot(30 * DAY)], NOW)
    assert offered.interview is None
    assert offered.answer_by == NOW + 37 * DAY + HOUR, "nobody has picked: the last one counts"
    assert len(event_of(offered).slots) == 2
    picked = decisions.pick_slot(offered, 0, NOW + DAY)
    assert picked.interview == offered.slots[0]
    assert picked.answer_by == NOW + 21 * DAY
    assert event_of(picked).slots == []
    moved = decisions.pick_slot(picked, 1, NOW + DAY)
    assert moved.interview == offered.slots[1]
    assert decisions.pick_slot(moved, 1, NOW + DAY) is moved
    with pytest.raises(Conflict, match="has passed"):
        decisions.pick_slot(moved, 0, NOW + 3 * DAY)
    with pytest.raises(Invalid, match="from 0 to 1"):
        decisions.pick_slot(moved, 2, NOW)


def test_an_interview_is_moved_and_called_off() -> None:
    application = decisions.interview(submitted(), [slot(2 * DAY)], NOW)
    moved = decisions.interview(application, [slot(3 * DAY)], NOW)
    assert moved.interview
    assert moved.interview.starts == NOW + 3 * DAY
    assert states(moved) == ["submitted", "interview"]
    late = NOW + 20 * DAY
    off = decisions.call_off(moved, late)
    assert (off.state, off.interview, off.slots) == ("screening", None, ())
    assert off.answer_by == late + 7 * DAY, "the host has some days left to go on"


@pytest.mark.parametrize(
    ("times", "field"),
    [
        ([slot(-HOUR)], "slots.0.starts"),
        ([slot(), slot(timedelta())], "slots.1.starts"),
        ([slot(200 * DAY)], "slots.0.starts"),
        ([slot(hours=25)], "slots.0.ends"),
        ([slot(), slot()], "slots.1.starts"),
    ],
)
def test_times_that_make_no_sense_are_refused(times: list[Slot], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        decisions.interview(submitted(), times, NOW)
    assert refusal.value.field == field


# Offers


def test_an_offer_has_the_listings_dates_unless_it_names_others() -> None:
    offer = decisions.offer(submitted(), a_listing(), an_offer(), NOW).offer
    assert offer
    assert (offer.starts, offer.ends) == (SUMMER.starts, SUMMER.ends)
    other = decisions.offer(submitted(), a_listing(), an_offer(starts=date(2027, 7, 1)), NOW).offer
    assert other
    assert (other.starts, other.ends) == (date(2027, 7, 1), SUMMER.ends)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"deadline": NOW - HOUR}, "deadline"),
        ({"deadline": NOW + 23 * HOUR}, "deadline"),
        ({"deadline": NOW + 31 * DAY}, "deadline"),
        ({"starts": date(2027, 9, 1), "ends": date(2027, 8, 1)}, "ends"),
        ({"starts": date(2027, 9, 1)}, "ends"),
        ({"starts": date(2026, 1, 1), "ends": date(2026, 2, 1)}, "ends"),
    ],
)
def test_an_offer_that_makes_no_sense_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        decisions.offer(submitted(), a_listing(), an_offer(**changes), NOW)
    assert refusal.value.field == field


@pytest.mark.parametrize("ahead", [DAY, 30 * DAY])
def test_a_deadline_is_from_24_hours_to_30_days_ahead(ahead: timedelta) -> None:
    assert decisions.offer(submitted(), a_listing(), an_offer(ahead), NOW + timedelta(seconds=20) * (ahead == DAY)).offer


def test_nobody_is_offered_a_seat_who_withdrew_or_whose_host_is_not_approved() -> None:
    with pytest.raises(Conflict, match="withdrawn; only the attendee can reopen it"):
        decisions.offer(in_state("withdrawn"), a_listing(), an_offer(), NOW)
    with pytest.raises(Conflict, match="not approved"):
        decisions.offer(submitted(), a_listing(approved=False), an_offer(), NOW)


@pytest.mark.parametrize("state", ["rejected", "rescinded", "lapsed", "superseded"])
def test_the_host_may_offer_again_what_was_decided(state: State) -> None:
    before = in_state(state)
    again = decisions.offer(before, a_listing(), an_offer(20 * DAY), NOW + 9 * DAY)
    assert (again.state, again.reason, again.attempt) == ("offered", None, 1)
    assert states(again) == [*states(before), "offered"]


def test_an_offer_is_accepted_until_its_deadline_and_not_a_moment_later() -> None:
    offered = in_state("offered")
    accepted = decisions.accept(offered, "p1", NOW + 7 * DAY - timedelta(milliseconds=1))
    assert (accepted.state, accepted.placement_id, accepted.offer) == ("accepted", "p1", offered.offer)
    with pytest.raises(Conflict, match="deadline has passed"):
        decisions.accept(offered, "p1", NOW + 7 * DAY)


def test_dfe_5920_an_offer_is_withdrawn_from_and_leaves_nothing_open() -> None:
    withdrawn = decisions.withdraw(in_state("offered"), NOW)
    assert (withdrawn.state, withdrawn.offer, withdrawn.interview, withdrawn.due) == ("withdrawn", None, None, None)


@pytest.mark.parametrize("state", LIVE)
def test_withdrawing_is_always_possible_and_calls_the_interview_off(state: State) -> None:
    withdrawn = decisions.withdraw(in_state(state), NOW)
    assert (withdrawn.state, withdrawn.interview, withdrawn.slots, withdrawn.answer_by) == ("withdrawn", None, (), None)


def test_what_went_round_in_circles_can_still_be_ended() -> None:
    history = submitted().history * MAX_STEPS
    for state in LIVE:
        tired = replace(in_state(state), history=history)
        assert decisions.withdraw(tired, NOW).state == "withdrawn"
    with pytest.raises(Conflict, match="it can only be ended"):
        decisions.screen(replace(submitted(), history=history), NOW)
    withdrawn = replace(in_state("withdrawn"), history=history)
    with pytest.raises(Conflict, match="it can only be ended"):
        decisions.apply(withdrawn, "a1", a_listing(), LETTER, HostProfile(), NOW, 21)


# Time


@pytest.mark.parametrize("state", STATES)
def test_time_lapses_offers_and_closes_what_was_not_answered(state: State) -> None:
    before = in_state(state)
    assert decisions.pass_time(before, NOW + 6 * DAY) == before
    after = decisions.pass_time(before, NOW + 22 * DAY)
    if state == "offered":
        assert (after.state, after.reason, after.offer) == ("lapsed", None, None)
    elif state in AWAITING:
        assert (after.state, after.reason, after.interview) == ("closed", "no_answer", None)
    else:
        assert after == before


@pytest.mark.parametrize("state", STATES)
def test_a_closed_listing_closes_what_is_open_and_keeps_what_was_promised(state: State) -> None:
    after = decisions.close(in_state(state), NOW)
    if state in AWAITING:
        assert (after.state, after.reason) == ("closed", "listing_closed")
    else:
        assert after == in_state(state)


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ({"conditions": replace(SUMMER, ends=date(2027, 9, 30))}, ("dates",)),
        ({"conditions": replace(SUMMER, hours_per_week=20)}, ("hours",)),
        ({"conditions": replace(SUMMER, place="Prague")}, ("place",)),
        ({"conditions": replace(SUMMER, remote=True)}, ("place",)),
        ({"pay": Pay(amount=0)}, ("pay",)),
        ({"conditions": Conditions(), "pay": Pay(amount=1)}, ("dates", "hours", "place", "pay")),
        ({"title": "Another title"}, ()),
    ],
)
def test_changed_terms_are_asked_about_until_the_attendee_still_wants_it(
    changes: dict[str, Any], changed: tuple[str, ...]
) -> None:
    before, listing = submitted(), a_listing(version=2, **changes)
    asked = decisions.change_terms(before, listing, NOW)
    assert asked.changed_terms == changed
    if not changed:
        assert asked is before
        return
    assert decisions.change_terms(asked, listing, NOW) is asked, "it is asked once"
    confirmed = decisions.confirm_terms(asked, listing, NOW)
    assert (confirmed.changed_terms, confirmed.listing_version, confirmed.state) == ((), 2, "submitted")
    assert decisions.change_terms(confirmed, listing, NOW) is confirmed
    with pytest.raises(Conflict, match="nothing has changed"):
        decisions.confirm_terms(confirmed, listing, NOW)
    assert decisions.change_terms(asked, a_listing(version=3), NOW).changed_terms == (), "it is as it was agreed"


def test_nobody_is_asked_about_what_is_over() -> None:
    for state in set(STATES) - set(LIVE):
        over = in_state(state)
        assert decisions.change_terms(over, a_listing(version=2, pay=Pay(amount=0)), NOW) is over


# Answers


def test_each_attempt_is_answered_or_not_once() -> None:
    rejected = in_state("rejected")
    assert answers(rejected.history) == Answers(1, 0)
    assert answers(decisions.offer(rejected, a_listing(), an_offer(), NOW).history) == Answers(1, 0)
    ignored = decisions.pass_time(submitted(), NOW + 22 * DAY)
    assert answers(ignored.history) == Answers(0, 1)
    again = decisions.apply(ignored, "a1", a_listing(), LETTER, HostProfile(), NOW, 21)
    assert answers(decisions.reject(again, NOW).history) == Answers(1, 1)
    assert Answers(1, 1).rate == 0.5
    undecided: tuple[State, ...] = ("submitted", "withdrawn", "closed", "interview", "superseded")
    assert {answers(in_state(state).history) for state in undecided} == {Answers()}
    assert Answers().rate is None


# Events


@pytest.mark.parametrize("state", STATES)
def test_an_event_names_nobody_and_quotes_nothing(state: State) -> None:
    text = event_of(in_state(state)).model_dump_json()
    assert "Ada" not in text
    assert "stars" not in text
    assert f'"state":"{state}"' in text
