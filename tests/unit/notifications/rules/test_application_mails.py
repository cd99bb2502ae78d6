"""Which mails each event of an application causes, and which it takes back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from notifications.mail_kinds import KINDS
from notifications.rules.domain.application_mails import SUPERSEDED_GATHER, on_applicant_erased, on_application
from notifications.rules.domain.applications import ENDED, Application, application_after
from notifications.rules.domain.scheduled_mails import ScheduleChanges, ScheduledMail
from shared.contract.events.matching import ApplicationChanged
from support.scheduled import DAY, NOW, cancelled, kinds, only

INTERVIEW = {"starts": NOW + 2 * DAY, "ends": NOW + 2 * DAY + timedelta(hours=1), "url": "https://meet.example/1"}


OFFER = {"deadline": NOW + 10 * DAY, "starts": "2026-09-01"}


def application(version: int = 1, state: str = "submitted", **values: Any) -> ApplicationChanged:
    return ApplicationChanged(application_id="a1", version=version, attendee_id="ada", listing_id="l1", state=state, **values)


def told(*events: ApplicationChanged, now: datetime = NOW) -> ScheduleChanges:
    """What the last of these events leads to."""
    known: Application | None = None
    for event in events:
        changes = on_application(event, known, "c", now, "UTC")
        known = application_after(event, known, now)
    return changes


def test_an_application_is_confirmed_to_the_applicant_and_shown_to_the_host() -> None:
    changes = told(application())
    assert kinds(changes) == {"application_sent", "application_received"}
    received = only(changes, "application_received")
    assert (received.audience.group, received.audience.ids, received.caused_by) == ("host", ("l1",), "ada")
    assert (received.about, received.id) == ("application/a1", "application/a1@1|application_received")


def test_the_same_event_schedules_the_same_mails() -> None:
    assert told(application(state="offered", offer=OFFER)) == told(application(state="offered", offer=OFFER))


def test_an_interview_invites_both_and_its_move_replaces_what_has_not_left() -> None:
    first = application(2, "interview", interview=INTERVIEW)
    moved = application(3, "interview", interview=INTERVIEW | {"starts": NOW + DAY})
    assert kinds(told(application(), first)) == {"interview", "interview_host"}
    changes = told(application(), first, moved)
    assert kinds(changes) == {"interview", "interview_host"}
    assert cancelled(changes) >= {"interview", "interview_host"}
    assert only(changes, "interview").details.sequence == 3
    for kind in ("interview", "interview_host"):
        before = only(changes, kind).details.moved_from
        assert before
        assert before.starts == INTERVIEW["starts"]
        assert only(told(application(), first), kind).details.moved_from is None


def test_an_interview_after_one_that_was_held_or_called_off_is_not_one_that_moved() -> None:
    first = application(2, "interview", interview=INTERVIEW)
    second = application(4, "interview", interview=INTERVIEW | {"starts": NOW + 9 * DAY, "ends": NOW + 10 * DAY})
    assert only(told(first, application(3, "submitted"), second), "interview").details.moved_from is None
    held = on_application(second, application_after(first, None, NOW), "c", NOW + 5 * DAY, "UTC")
    assert only(held, "interview").details.moved_from is None


def test_an_interview_that_stays_is_told_once() -> None:
    first = application(2, "interview", interview=INTERVIEW)
    assert kinds(told(application(), first, application(3, "interview", interview=INTERVIEW))) == set()


@pytest.mark.parametrize(
    "after", [application(3, "interview"), application(3, "withdrawn", interview=INTERVIEW), application(3, "rejected")]
)
def test_an_interview_that_is_called_off_is_cancelled_with_both(after: ApplicationChanged) -> None:
    changes = told(application(), application(2, "interview", interview=INTERVIEW), after)
    assert {"interview_cancelled", "interview_cancelled_host"} <= kinds(changes)
    gone = only(changes, "interview_cancelled").details
    assert (gone.sequence, gone.meeting and gone.meeting.starts) == (3, INTERVIEW["starts"])


def test_an_interview_that_is_over_is_not_cancelled() -> None:
    first = application(2, "interview", interview=INTERVIEW)
    later = on_application(application(3, "rejected"), application_after(first, None, NOW), "c", NOW + 5 * DAY, "UTC")
    assert kinds(later) == {"application_rejected"}


def test_an_offer_is_told_until_its_deadline_with_reminders_before_it() -> None:
    changes = told(application(), application(2, "offered", offer=OFFER))
    assert only(changes, "offer").not_after == OFFER["deadline"]
    assert only(changes, "offer").details.starts == date(2026, 9, 1)
    reminders = [scheduled for scheduled in changes.scheduled_mails if scheduled.kind.name == "offer_reminder"]
    assert [scheduled.due_at for scheduled in reminders] == [NOW + 7 * DAY, NOW + 9 * DAY]
    assert [scheduled.not_after for scheduled in reminders] == [NOW + 9 * DAY, NOW + 10 * DAY]
    assert len({scheduled.id for scheduled in reminders}) == 2


def test_an_offer_with_little_time_has_only_the_reminders_that_are_ahead() -> None:
    changes = told(application(2, "offered", offer=OFFER | {"deadline": NOW + 2 * DAY}))
    assert [scheduled.due_at for scheduled in changes.scheduled_mails if scheduled.kind.name == "offer_reminder"] == [NOW + DAY]


def test_an_offer_whose_deadline_passed_is_not_told() -> None:
    assert "offer" not in kinds(told(application(2, "offered", offer=OFFER | {"deadline": NOW})))


@pytest.mark.parametrize(
    ("state", "mails"),
    [
        ("accepted", {"offer_answered"}),
        ("declined", {"offer_answered"}),
        ("lapsed", {"offer_lapsed", "offer_answered"}),
        ("rescinded", {"offer_rescinded"}),
        ("withdrawn", {"application_withdrawn"}),
        ("superseded", {"application_superseded", "applications_superseded"}),
    ],
)
def test_an_answer_takes_the_reminders_back(state: str, mails: set[str]) -> None:
    changes = told(application(), application(2, "offered", offer=OFFER), application(3, state))
    assert cancelled(changes) >= {"offer", "offer_reminder"}
    assert kinds(changes) == mails


@pytest.mark.parametrize("reason", ["no_answer", "listing_closed"])
def test_an_application_that_is_closed_is_told_to_the_attendee_with_its_reason(reason: str) -> None:
    changes = told(application(), application(2, "interview", interview=INTERVIEW), application(3, "closed", reason=reason))
    assert kinds(changes) == {"application_closed", "interview_cancelled", "interview_cancelled_host"}
    assert only(changes, "application_closed").details.answer == reason


@pytest.mark.parametrize("state", ENDED)
def test_each_end_calls_off_the_interview_and_takes_back_what_is_out_of_date(state: str) -> None:
    pending = application(2, "offered", offer=OFFER, interview=INTERVIEW)
    changes = told(application(), pending, application(3, state, offer=OFFER, interview=INTERVIEW))
    assert kinds(changes) >= {"interview_cancelled", "interview_cancelled_host"}
    assert cancelled(changes) >= {"interview", "interview_host", "offer", "offer_reminder", "application_received"}


def test_the_host_of_an_offer_that_ended_with_the_application_hears_that_the_place_is_free() -> None:
    for state, kind in (("withdrawn", "application_withdrawn"), ("superseded", "application_superseded")):
        offered = told(application(), application(2, "offered", offer=OFFER), application(3, state))
        assert only(offered, kind).details.answer == "offered"
        assert only(told(application(), application(2, state)), kind).details.answer == ""


def test_applications_that_one_acceptance_ended_are_listed_in_one_mail() -> None:
    ended = only(told(application(2, "superseded", reason="match_day")), "applications_superseded")
    assert (ended.audience.ids, ended.due_at) == (("ada",), NOW + SUPERSEDED_GATHER)
    assert (ended.details.until, ended.details.answer, ended.details.listing_id) == (NOW, "match_day", "")


def reminders(changes: ScheduleChanges) -> list[ScheduledMail]:
    return [scheduled for scheduled in changes.scheduled_mails if scheduled.kind.name == "answer_reminder"]


def test_the_receipt_and_the_host_are_told_until_when_the_host_answers() -> None:
    changes = told(application(answer_by=NOW + 21 * DAY))
    for kind in ("application_sent", "application_received"):
        assert only(changes, kind).details.deadline == NOW + 21 * DAY


def test_a_host_is_reminded_twice_before_it_has_to_answer() -> None:
    first = told(application(answer_by=NOW + 21 * DAY))
    assert [scheduled.due_at for scheduled in reminders(first)] == [NOW + 14 * DAY, NOW + 19 * DAY]
    assert [scheduled.not_after for scheduled in reminders(first)] == [NOW + 19 * DAY, NOW + 21 * DAY]
    assert {scheduled.audience.group for scheduled in reminders(first)} == {"host"}
    short = told(application(answer_by=NOW + 3 * DAY))
    assert [scheduled.due_at for scheduled in reminders(short)] == [NOW + DAY]


def test_a_reminder_of_the_host_is_the_same_in_each_version_until_the_date_moves() -> None:
    first = reminders(told(application(answer_by=NOW + 21 * DAY)))
    again = told(application(), application(2, "screening", answer_by=NOW + 21 * DAY))
    assert [scheduled.id for scheduled in reminders(again)] == [scheduled.id for scheduled in first]
    later = told(application(2, "screening", answer_by=NOW + 21 * DAY), now=NOW + 15 * DAY)
    assert first[0].cause in later.kept_causes, "it is due, and perhaps not written yet"
    moved = told(application(2, "interview", answer_by=NOW + 30 * DAY))
    assert not {scheduled.id for scheduled in reminders(moved)} & {scheduled.id for scheduled in first}
    assert "answer_reminder" in cancelled(moved)


@pytest.mark.parametrize("state", ["offered", "accepted", *ENDED])
def test_a_host_is_never_reminded_after_an_answer(state: str) -> None:
    answer_by = None if state in ("offered", "accepted") else NOW + 21 * DAY
    changes = told(application(answer_by=NOW + 21 * DAY), application(2, state, offer=OFFER, answer_by=answer_by))
    assert "answer_reminder" in cancelled(changes)
    assert reminders(changes) == []
    assert not any("answer-by" in cause for cause in changes.kept_causes)


def test_an_attendee_is_asked_once_to_choose_among_the_slots_that_are_ahead() -> None:
    past = {"starts": NOW - DAY, "ends": NOW}
    later = INTERVIEW | {"starts": NOW + 3 * DAY, "ends": NOW + 4 * DAY}
    offered = application(2, "interview", slots=[past, INTERVIEW, later])
    asked = only(told(application(), offered), "interview_slots")
    assert [slot.starts for slot in asked.details.slots] == [INTERVIEW["starts"], NOW + 3 * DAY]
    assert asked.not_after == NOW + 3 * DAY
    assert kinds(told(application(), offered, application(3, "interview", slots=offered.slots))) == set()
    assert kinds(told(application(2, "interview", slots=[past]))) == set()


@pytest.mark.parametrize("after", [application(3, "interview", interview=INTERVIEW), application(3, "withdrawn")])
def test_slots_are_taken_back_once_one_is_chosen_or_the_application_ends(after: ApplicationChanged) -> None:
    changes = told(application(2, "interview", slots=[INTERVIEW]), after)
    assert "interview_slots" in cancelled(changes)
    assert "interview_slots" not in kinds(changes)


def test_an_attendee_is_asked_once_whether_they_still_want_what_changed() -> None:
    changed = told(application(), application(2, changed_terms=["dates"]))
    assert only(changed, "terms_changed").details.terms == ("dates",)
    assert kinds(told(application(2, changed_terms=["dates"]), application(3, changed_terms=["dates"]))) == set()
    more = told(application(2, changed_terms=["dates"]), application(3, changed_terms=["dates", "pay"]))
    assert only(more, "terms_changed").details.terms == ("dates", "pay")
    for after in (application(3), application(3, "rejected", changed_terms=["dates"])):
        assert "terms_changed" in cancelled(told(application(2, changed_terms=["dates"]), after))


def test_whoever_applies_again_is_shown_to_the_host_as_such() -> None:
    for between in ([], [application(2, "withdrawn")]):
        changes = told(application(), *between, application(3, attempt=2))
        assert kinds(changes) == {"application_sent", "application_received"}
        assert only(changes, "application_received").details.attempt == 2
        assert cancelled(changes) >= {"application_withdrawn", "application_closed"}


def test_a_host_may_offer_after_an_end_and_what_said_that_it_ended_does_not_follow() -> None:
    for state in ("rejected", "rescinded", "lapsed", "superseded"):
        again = told(application(), application(2, state), application(3, "offered", offer=OFFER))
        assert kinds(again) == {"offer", "offer_reminder"}
        assert cancelled(again) >= {"application_rejected", "offer_rescinded", "offer_lapsed"}


def test_another_deadline_is_another_offer() -> None:
    again = application(3, "offered", offer=OFFER | {"deadline": NOW + 20 * DAY})
    changes = told(application(2, "offered", offer=OFFER), again)
    assert "offer" in kinds(changes)
    assert cancelled(changes) >= {"offer", "offer_reminder"}
    assert kinds(told(application(2, "offered", offer=OFFER), application(3, "offered", offer=OFFER))) == set()
    other_days = application(3, "offered", offer=OFFER | {"starts": "2026-10-01"})
    assert "offer" in kinds(told(application(2, "offered", offer=OFFER), other_days))


def test_whatever_happens_is_in_the_hosts_summary_of_the_week_once() -> None:
    scheduled_mails = {only(told(application(state=state)), "host_summary").id for state in ("submitted", "rejected")}
    assert scheduled_mails == {"summary/l1@2026-W29|host_summary"}
    summary = only(told(application()), "host_summary")
    assert summary.due_at == summary.details.until == datetime(2026, 7, 13, 8, tzinfo=UTC)


def test_what_was_long_ago_is_not_worth_sending_any_more() -> None:
    scheduled = only(told(application(), now=NOW), "application_sent")
    assert scheduled.not_after == NOW + KINDS["application_sent"].worth


def test_no_scheduled_mail_outlives_what_it_is_about() -> None:
    scheduled = only(told(application(2, "interview", interview=INTERVIEW)), "interview")
    assert scheduled.not_after == INTERVIEW["ends"]
    assert replace(scheduled, after="x").id == scheduled.id


def test_the_host_of_an_applicant_who_was_erased_need_not_wait_for_them() -> None:
    known = application_after(application(2, "interview", interview=INTERVIEW), None, NOW)
    scheduled = only(on_applicant_erased(known, "c", NOW), "interview_cancelled_host")
    assert (scheduled.details.person_id, scheduled.details.sequence) == ("", 3)
    assert kinds(on_applicant_erased(known, "c", NOW + 5 * DAY)) == set()
    assert kinds(on_applicant_erased(replace(known, state="rejected"), "c", NOW)) == set()
