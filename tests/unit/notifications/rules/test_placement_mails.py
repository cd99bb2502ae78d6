"""Which mails each event of a placement causes, and which it takes back."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from notifications.rules.domain.placements import on_placement, on_seat
from notifications.rules.domain.progress import Progress, placement_progress
from notifications.rules.domain.scheduled_mails import Audience, ScheduleChanges
from shared.contract.events.matching import PlacementChanged, PlacementMade
from support.scheduled import NOW, cancelled, kinds, only


def placement(version: int = 2, state: str = "confirmed", **values: Any) -> PlacementChanged:
    data = {"placement_id": "p1", "version": version, "attendee_id": "ada", "listing_id": "l1", "state": state}
    data |= {"starts": date(2026, 9, 1), "mentor_person_ids": []}
    return PlacementChanged.model_validate(data | values)


def told(*events: PlacementChanged, now: datetime = NOW, zone: str = "UTC") -> ScheduleChanges:
    """What the last of these events leads to."""
    known: Progress | None = None
    for event in events:
        changes = on_placement(event, known, "c", now, zone)
        known = placement_progress(event, now)
    return changes


def steps(changes: ScheduleChanges) -> set[str]:
    """The kinds but for introductions, and questions on days to come."""
    later = {"mentor_introduction", "mentee_introduction", "placement_start_check", "placement_start_check_host"}
    return kinds(changes) - later


def test_attendee_and_mentors_are_introduced_once_whichever_event_comes_first() -> None:
    seat = on_seat(PlacementMade(placement_id="p1", version=1, attendee_id="ada", listing_id="l1"), "c", NOW)
    assert kinds(seat) == {"mentor_introduction", "mentee_introduction"}
    ids = {scheduled.id for scheduled in seat.scheduled_mails}
    for event in (placement(), placement(3, "started")):
        assert ids < {scheduled.id for scheduled in told(event).scheduled_mails}


@pytest.mark.parametrize(
    ("state", "mails"),
    [
        ("confirmed", {"placement_confirmed"}),
        ("started", {"placement_started"}),
        ("completed", {"placement_completed", "placement_completed_host"}),
        ("ended", {"placement_cancelled", "placement_ended_host"}),
        ("else", set()),
    ],
)
def test_each_step_of_a_placement_has_its_mails_once_however_many_versions_have_it(state: str, mails: set[str]) -> None:
    first, again = told(placement(2, state)), told(placement(3, state))
    assert steps(first) == mails
    assert [scheduled.id for scheduled in first.scheduled_mails] == [scheduled.id for scheduled in again.scheduled_mails]
    assert steps(told(placement(2, state), placement(3, state))) == set()


def test_other_dates_before_the_first_day_are_confirmed_again() -> None:
    moved = told(placement(), placement(3, starts="2026-10-01"))
    assert steps(moved) == {"placement_confirmed"}
    assert only(moved, "placement_confirmed").id != only(told(placement()), "placement_confirmed").id


def test_other_dates_of_what_has_started_are_told_to_both_sides() -> None:
    started = placement(3, "started", ends="2026-11-30", mentor_person_ids=["grace"])
    extended = started.model_copy(update={"version": 4, "ends": date(2026, 12, 31)})
    changes = told(started, extended)
    assert steps(changes) == {"placement_dates", "placement_dates_host"}
    assert (only(changes, "placement_dates").details.ends, only(changes, "placement_dates").details.sequence) == (
        date(2026, 12, 31),
        4,
    )
    assert only(changes, "placement_dates_host").audience.ids == ("l1", "grace")
    back = started.model_copy(update={"version": 5})
    assert steps(told(extended, back)) == {"placement_dates", "placement_dates_host"}
    assert cancelled(told(extended, back)) >= {"placement_dates", "placement_dates_host"}
    older = replace(placement_progress(started, NOW), dates="")  # as 0.1.0 stored it
    assert steps(on_placement(extended, older, "c", NOW, "UTC")) == set()


def test_both_sides_are_asked_on_the_first_day_whether_it_began() -> None:
    asked = told(placement(), zone="America/New_York")
    for kind in ("placement_start_check", "placement_start_check_host"):
        assert only(asked, kind).due_at == datetime(2026, 9, 1, 19, tzinfo=UTC)
    moved = told(placement(), placement(3, starts="2026-10-01"))
    assert only(moved, "placement_start_check").due_at == datetime(2026, 10, 1, 15, tzinfo=UTC)
    assert "placement_start_check" in cancelled(moved)
    assert "placement_start_check" not in kinds(told(placement(starts=None)))


@pytest.mark.parametrize("state", ["started", "ended", "completed"])
def test_nobody_is_asked_whether_it_began_once_somebody_has_said(state: str) -> None:
    changes = told(placement(), placement(3, state))
    assert {"placement_start_check", "placement_start_check_host"} <= cancelled(changes)
    assert not {"placement_start_check", "placement_start_check_host"} & kinds(changes)


def feedback(moment: str, side: str, due: str) -> dict[str, str]:
    return {"moment": moment, "side": side, "due": due}


def test_each_side_is_asked_for_its_feedback_when_it_is_due() -> None:
    asked = [
        feedback("middle", "attendee", "2026-10-15"),
        feedback("end", "attendee", "2026-11-30"),
        feedback("middle", "host", "2026-10-16"),
        feedback("middle", "university", "2026-10-16"),
    ]
    changes = told(placement(3, "started", feedback=asked))
    due = {
        (scheduled.kind.name, scheduled.details.answer): scheduled.due_at
        for scheduled in changes.scheduled_mails
        if "feedback" in scheduled.kind.name
    }
    assert due == {
        ("placement_feedback", "middle"): datetime(2026, 10, 15, 8, tzinfo=UTC),
        ("placement_feedback", "end"): datetime(2026, 11, 30, 8, tzinfo=UTC),
        ("placement_feedback_host", "middle"): datetime(2026, 10, 16, 8, tzinfo=UTC),
    }


def test_feedback_that_was_given_is_not_asked_for_and_after_an_extension_it_is_asked_again() -> None:
    middle, end = feedback("middle", "attendee", "2026-10-15"), feedback("end", "attendee", "2026-11-30")
    given = told(placement(3, "started", feedback=[middle, end]), placement(4, "started", feedback=[end]))
    assert {"placement_feedback", "placement_feedback_host"} <= cancelled(given)
    [kept] = [scheduled for scheduled in given.scheduled_mails if scheduled.kind.name == "placement_feedback"]
    assert kept.details.answer == "end"
    extended = told(placement(5, "started", feedback=[feedback("end", "attendee", "2026-12-31")]))
    assert only(extended, "placement_feedback").id != kept.id
    none_left = told(placement(3, "started", feedback=[end]), placement(4, "completed"))
    assert "placement_feedback" not in kinds(none_left)


def skill(term: str, level: int | None = None, *, confirmed: bool = False) -> dict[str, Any]:
    return {"term": term, "level": level, "confirmed": confirmed}


def test_the_attendee_is_asked_to_confirm_each_skill_that_was_named_once() -> None:
    named = placement(3, "completed", skills=[skill("Python", 4), skill("Rust")])
    asked = only(told(placement(2, "completed"), named), "placement_skills")
    assert asked.details.skills == (("Python", 4), ("Rust", None))
    some = placement(4, "completed", skills=[skill("Python", 4, confirmed=True), skill("Rust")])
    assert kinds(told(named, some)) == set()
    more = placement(4, "completed", skills=[skill("Python", 5), skill("Rust")])
    assert only(told(named, more), "placement_skills").id != asked.id
    all_of_them = placement(5, "completed", skills=[skill("Python", 4, confirmed=True), skill("Rust", confirmed=True)])
    assert "placement_skills" in cancelled(told(named, all_of_them))


@pytest.mark.parametrize("reason", ["no_show", "by_host", "by_attendee", "agreed", "new_reason", None])
def test_both_sides_are_told_why_it_ended_early(reason: str | None) -> None:
    changes = told(placement(3, "started", mentor_person_ids=["grace"]), placement(4, "ended", end_reason=reason))
    for kind in ("placement_cancelled", "placement_ended_host"):
        assert only(changes, kind).details.answer == (reason or "")
    assert cancelled(changes) >= {"placement_confirmed", "placement_started", "placement_dates", "mentor_introduction"}


def test_the_mentors_of_a_placement_are_those_that_its_event_names() -> None:
    changes = told(placement(mentor_person_ids=["grace", "tycho"]))
    assert only(changes, "mentee_introduction").audience.ids == ("grace", "tycho")
    assert only(changes, "mentor_introduction").details.mentors == ("grace", "tycho")
    completed = told(placement(3, "completed", mentor_person_ids=["grace", "tycho"]))
    assert only(completed, "placement_completed_host").audience == Audience("host", ("l1", "grace", "tycho"))


@pytest.mark.parametrize("now", [NOW, datetime(2026, 9, 1, 12, tzinfo=UTC), datetime(2026, 9, 3, tzinfo=UTC)])
def test_of_a_placement_of_one_day_only_the_feedback_at_the_end_is_asked_for(now: datetime) -> None:
    asked = [feedback(moment, "host", "2026-09-01") for moment in ("middle", "end")]
    changes = told(placement(3, "started", ends="2026-09-01", feedback=asked), now=now)
    assert only(changes, "placement_feedback_host").details.answer == "end"
    given = told(placement(3, "completed", ends="2026-09-01", feedback=asked[:1]), now=now)
    assert "placement_feedback_host" not in kinds(given)


def test_once_the_last_day_has_come_nobody_is_asked_for_feedback_halfway() -> None:
    asked = [feedback("middle", "attendee", "2026-09-15"), feedback("end", "attendee", "2026-09-30")]
    event = placement(3, "started", ends="2026-09-30", feedback=asked)
    before, after = (told(event, now=datetime(2026, 9, day, 9, tzinfo=UTC)) for day in (29, 30))
    assert [scheduled.details.answer for scheduled in before.scheduled_mails if "feedback" in scheduled.kind.name] == [
        "middle",
        "end",
    ]
    assert only(after, "placement_feedback").details.answer == "end"


def hire(said_by: str, role: str = "Engineer", starts: str = "2027-01-04") -> dict[str, str]:
    return {"said_by": said_by, "role": role, "starts": starts}


@pytest.mark.parametrize(
    ("said_by", "kind", "audience"),
    [
        ("host", "placement_hire", Audience("person", ("ada",))),
        ("attendee", "placement_hire_host", Audience("host", ("l1", "grace"))),
    ],
)
def test_a_hire_is_told_once_to_the_side_that_did_not_say_it(said_by: str, kind: str, audience: Audience) -> None:
    completed = placement(3, "completed", mentor_person_ids=["grace"])
    hired = placement(4, "completed", mentor_person_ids=["grace"], hire=hire(said_by))
    changes = told(completed, hired)
    assert steps(changes) == {kind}
    mail = only(changes, kind)
    assert (mail.audience, mail.details.role, mail.details.starts) == (audience, "Engineer", date(2027, 1, 4))
    assert steps(told(hired, placement(5, "completed", hire=hire(said_by)))) == set()


def test_a_hire_said_otherwise_replaces_the_mail_about_the_one_before() -> None:
    hired = placement(4, "completed", hire=hire("host"))
    corrected = told(hired, placement(5, "completed", hire=hire("attendee", starts="2027-02-01")))
    assert steps(corrected) == {"placement_hire_host"}
    assert {"placement_hire", "placement_hire_host"} <= cancelled(corrected)
    taken_back = told(hired, placement(5, "completed"))
    assert steps(taken_back) == set()
    assert "placement_hire" in cancelled(taken_back)
    assert steps(told(placement(3, "completed"), placement(4, "completed", hire=hire("university")))) == set()
