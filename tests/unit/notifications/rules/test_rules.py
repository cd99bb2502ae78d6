"""Which mails rounds and listings cause, and which they take back."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from notifications.messages.domain.records import Cancellation
from notifications.rules.domain.listings import on_listing
from notifications.rules.domain.rounds import on_outcome, on_round
from notifications.rules.domain.scheduled_mails import (
    Audience,
    GatheredChanges,
    ScheduleChanges,
    Trigger,
    one_person,
    without_news,
)
from shared.contract.events.listings import ListingPublished
from shared.contract.events.matching import OutcomeDecided, RoundChanged
from support.scheduled import DAY, NOW, cancelled, kinds, only


def match_day(state: str = "open", **values: Any) -> RoundChanged:
    data = {"round_id": "r1", "version": 2, "name": "Spring", "state": state, "listing_ids": ["l1", "l2"], "seed": "s"}
    return RoundChanged.model_validate(data | {"closes_at": NOW + 7 * DAY} | values)


def test_a_match_day_invites_the_conferences_attendees_and_its_hosts() -> None:
    changes = on_round(match_day(conference_id="pyconf"), "c", NOW)
    assert only(changes, "round_opened").audience == Audience("attended", ("pyconf",))
    assert only(changes, "round_opened_host").audience == Audience("hosts", ("l1", "l2"))
    assert only(changes, "round_opened").not_after == NOW + 7 * DAY
    elsewhere = on_round(match_day(), "c", NOW)
    assert only(elsewhere, "round_opened").audience == Audience("recommended", ("l1", "l2"))
    clean_up = on_round(match_day(clean_up_of="r0"), "c", NOW)
    assert only(clean_up, "round_opened").audience == Audience("ranked", ("r0",))
    with_newcomers = on_round(match_day(conference_id="pyconf", clean_up_of="r0"), "c", NOW).scheduled_mails
    invited = {one.id: one.audience for one in with_newcomers if one.kind.name == "round_opened"}
    assert [*invited.values()] == [Audience("ranked", ("r0",)), Audience("attended", ("pyconf",))]


def test_hosts_are_reminded_before_rankings_close_by_the_newest_date() -> None:
    closing = only(on_round(match_day(), "c", NOW), "round_closing_host")
    assert (closing.due_at, closing.not_after) == (NOW + 5 * DAY, NOW + 7 * DAY)
    assert only(on_round(match_day(version=3), "c", NOW + DAY), "round_closing_host").id == closing.id
    moved = on_round(match_day(version=3, closes_at=NOW + 9 * DAY), "c", NOW)
    assert only(moved, "round_closing_host").id != closing.id
    for later in (moved, on_round(match_day("locked"), "c", NOW), on_round(match_day("cancelled"), "c", NOW)):
        assert "round_closing_host" in cancelled(later)
    near = on_round(match_day(), "c", NOW + 6 * DAY)
    assert closing.cause in near.kept_causes
    assert "round_closing_host" not in kinds(on_round(match_day(closes_at=None), "c", NOW))


def test_what_is_told_again_after_a_restore_is_no_news_but_its_reminders_stay() -> None:
    again = without_news(on_round(match_day(), "c", NOW), NOW)
    assert kinds(again) == {"round_closing_host"}
    assert cancelled(again) == cancelled(on_round(match_day(), "c", NOW))


def test_a_locked_match_day_is_told_to_those_who_ranked() -> None:
    locked = on_round(match_day("locked", attendees=5), "c", NOW)
    assert only(locked, "round_locked").audience.ids == ("r1",)
    assert only(locked, "round_locked").details.expected == 5
    assert cancelled(locked) >= {"round_opened", "round_opened_host"}


def test_hosts_are_told_who_has_their_seats_once_all_placements_are_known() -> None:
    published = on_round(match_day("published", matched=3), "c", NOW)
    result = only(published, "round_result_host")
    assert (result.audience, result.details.expected, result.details.round_id) == (Audience("hosts", ("l1", "l2")), 3, "r1")


def test_a_match_day_that_is_cancelled_is_told_to_those_concerned_and_to_its_hosts() -> None:
    changes = on_round(match_day("cancelled"), "c", NOW)
    assert only(changes, "round_cancelled").audience == Audience("concerned", ("r1",))
    assert only(changes, "round_cancelled_host").audience == Audience("hosts", ("l1", "l2"))
    assert cancelled(changes) == {"round_opened", "round_opened_host", "round_locked", "round_closing_host"}
    assert kinds(on_round(match_day("draft"), "c", NOW)) == set()


def test_a_result_says_what_became_of_each_choice() -> None:
    outcome = OutcomeDecided.model_validate(
        {
            "round_id": "r1",
            "attendee_id": "ada",
            "version": 1,
            "listing_id": "l2",
            "choices": [{"listing_id": "l1", "result": "filled"}, {"listing_id": "l2", "result": "matched"}],
        }
    )
    details = only(on_outcome(outcome, "c", NOW), "round_result").details
    assert (details.listing_id, details.choices, details.free) == ("l2", (("l1", "filled"), ("l2", "matched")), ())
    without = outcome.model_copy(update={"listing_id": None, "free_listing_ids": ["l3"]})
    assert only(on_outcome(without, "c", NOW), "round_result").details.free == ("l3",)


def listing(version: int = 1, deadline: datetime | None = NOW + 10 * DAY) -> ListingPublished:
    return ListingPublished(
        listing_id="l1",
        version=version,
        organization_id="o1",
        organization="SunPy",
        title="Arrays",
        skills=[],
        topics=[],
        mentor_person_ids=[],
        conference_ids=[],
        seats=1,
        deadline=deadline,
        url=None,
    )


def test_one_reminder_is_scheduled_for_a_deadline_however_often_it_is_published() -> None:
    first, again = on_listing(listing(), "c", NOW), on_listing(listing(version=2), "c", NOW + DAY)
    assert only(first, "listing_closing").due_at == NOW + 7 * DAY
    assert only(first, "listing_closing").id == only(again, "listing_closing").id
    moved = on_listing(listing(version=3, deadline=NOW + 20 * DAY), "c", NOW)
    assert only(moved, "listing_closing").id != only(first, "listing_closing").id
    assert cancelled(moved) == {"listing_closing"}


@pytest.mark.parametrize("deadline", [None, NOW + 2 * DAY, NOW - DAY])
def test_without_a_deadline_or_with_one_that_is_near_nobody_is_reminded(deadline: datetime | None) -> None:
    assert kinds(on_listing(listing(deadline=deadline), "c", NOW)) == set()


def test_a_deadline_that_moves_near_takes_the_reminder_of_the_old_one_back() -> None:
    near = on_listing(listing(version=2, deadline=NOW + 2 * DAY), "c", NOW)
    same = on_listing(listing(version=2), "c", NOW + 8 * DAY)
    assert (cancelled(near), near.kept_causes) == ({"listing_closing"}, ["listing/l1@20260710T120000"])
    assert same.kept_causes == [only(on_listing(listing(), "c", NOW), "listing_closing").cause]


def test_cancellations_of_one_thread_become_one() -> None:
    given = [
        Cancellation("a/1", ("offer", "interview")),
        Cancellation("b/1", ("offer",)),
        Cancellation("a/1", ("offer", "welcome")),
    ]
    assert ScheduleChanges(given).cancelled() == [
        Cancellation("a/1", ("offer", "interview", "welcome")),
        Cancellation("b/1", ("offer",)),
    ]


def gathered(*changes: ScheduleChanges) -> GatheredChanges:
    found = GatheredChanges()
    for each in changes:
        found.add(each, NOW)
    return found


def test_changes_of_several_events_come_to_the_same_as_one_after_the_other() -> None:
    scheduled = Trigger("application/a1", "application/a1@1", "c", NOW).schedule("offer", one_person("ada"))
    other = Trigger("application/a2", "application/a2@1", "c", NOW).schedule("offer", one_person("bob"))
    cancels = ScheduleChanges([Cancellation("application/a1", ("offer",))])
    both = gathered(ScheduleChanges(scheduled_mails=[scheduled, other]), cancels)
    assert both.scheduled_mails == [other], "the first is called off before it is stored"
    assert both.cancellations == [Cancellation("application/a1", ("offer",))], "it may be stored already"
    assert gathered(cancels, ScheduleChanges(scheduled_mails=[scheduled])).scheduled_mails == [scheduled]
    again = replace(scheduled, correlation_id="later")
    assert gathered(*(ScheduleChanges(scheduled_mails=[each]) for each in (scheduled, again))).scheduled_mails == [scheduled]
    assert gathered(
        ScheduleChanges(scheduled_mails=[scheduled]), cancels, ScheduleChanges(scheduled_mails=[again])
    ).scheduled_mails


def test_what_an_event_schedules_anew_its_cancellations_leave() -> None:
    reminder = Trigger("listing/l1", "listing/l1@july", "c", NOW).schedule("listing_closing", one_person("ada"))
    anew = ScheduleChanges([Cancellation("listing/l1", ("listing_closing",))], [replace(reminder, version=2)])
    kept = ScheduleChanges([Cancellation("listing/l1", ("listing_closing",))], kept_causes=[reminder.cause])
    for later in (anew, kept):
        both = gathered(ScheduleChanges(scheduled_mails=[reminder]), later)
        assert both.scheduled_mails == [reminder]
        assert not both.cancellations[0].cancels("listing/l1", "listing_closing", reminder.cause)
        assert both.cancellations[0].cancels("listing/l1", "listing_closing", "listing/l1@june")


def test_what_is_too_late_when_its_event_is_read_is_not_scheduled() -> None:
    old = Trigger("application/a1", "application/a1@1", "c", NOW - 20 * DAY).schedule("offer", one_person("ada"))
    assert gathered(ScheduleChanges(scheduled_mails=[old])).scheduled_mails == []
