"""What a placement says when it begins, and what of it is published."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from matching.model.listings import Conditions, Listing
from matching.placements.domain.placement import (
    Answer,
    Placement,
    PlacementStep,
    confirmed,
    course_only,
    event_of,
    pair_id,
    placement_of,
    to_be_given,
)
from shared.contract.events.matching import GainedSkill, PlacementChanged, PlacementMade

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
LISTING = Listing(
    "star-maps",
    3,
    open=True,
    title="Faster star maps",
    organization="Northern Observatory",
    organization_id="observatory",
    mentor_ids=["m1", "m2"],
    conditions=Conditions(date(2027, 3, 1), date(2027, 5, 31), 20),
)


def test_a_placement_begins_with_what_the_listing_says_then() -> None:
    placement = confirmed(placement_of(LISTING, "ada", "p1", application_id="x"), NOW, "attendee")
    assert placement.commitment == (date(2027, 3, 1), date(2027, 5, 31), 20)
    assert placement.mentor_person_ids == ("m1", "m2")
    assert [(step.state, step.at, step.by) for step in placement.history] == [("confirmed", NOW, "attendee")]
    assert [(one.moment, one.side, one.due.isoformat()) for one in to_be_given(placement)] == [
        ("middle", "attendee", "2027-04-15"),
        ("middle", "host", "2027-04-15"),
        ("end", "attendee", "2027-05-31"),
        ("end", "host", "2027-05-31"),
    ]


def test_the_id_of_what_begins_differs_by_attendee_listing_and_time() -> None:
    ids = {
        pair_id(*one)
        for one in (("l1", "ada", NOW), ("l2", "ada", NOW), ("l1", "bob", NOW), ("l1", "ada", NOW + timedelta(days=1)))
    }
    assert {len(id) for id in ids} == {32}
    assert len(ids) == 4
    assert pair_id("l1", "ada", NOW) in ids


def test_feedback_that_was_given_for_its_day_is_asked_for_no_more() -> None:
    placement = confirmed(placement_of(LISTING, "ada", "p1"), NOW, "operator")
    answers = (
        Answer("middle", "host", date(2027, 4, 15), NOW, rating=4),
        Answer("end", "attendee", date(2027, 5, 1), NOW, rating=4),  # for an earlier end
    )
    left = to_be_given(replace(placement, answers=answers))
    assert [(one.moment, one.side) for one in left] == [("middle", "attendee"), ("end", "attendee"), ("end", "host")]


def test_without_dates_no_feedback_is_due() -> None:
    unknown = replace(LISTING, conditions=Conditions(starts=date(2027, 3, 1)))
    assert to_be_given(confirmed(placement_of(unknown, "ada", "p1"), NOW, "attendee")) == []
    end_only = replace(LISTING, conditions=Conditions(ends=date(2027, 3, 1)))
    assert {one.moment for one in to_be_given(confirmed(placement_of(end_only, "ada", "p1"), NOW, "attendee"))} == {"end"}


def test_a_placement_of_a_single_day_has_no_feedback_in_the_middle() -> None:
    day = replace(LISTING, conditions=Conditions(date(2027, 3, 1), date(2027, 3, 1)))
    assert {one.moment for one in to_be_given(confirmed(placement_of(day, "ada", "p1"), NOW, "attendee"))} == {"end"}
    two_days = replace(LISTING, conditions=Conditions(date(2027, 3, 1), date(2027, 3, 2)))
    asked = to_be_given(confirmed(placement_of(two_days, "ada", "p1"), NOW, "attendee"))
    assert [one.moment for one in asked if one.side == "host"] == ["middle", "end"]


def test_a_seat_of_a_match_day_is_published_as_made_and_then_as_changed() -> None:
    seat = replace(placement_of(LISTING, "ada", "r1:ada", round_id="r1", reverted_from="sky-survey"), version=1)
    made = PlacementMade(
        placement_id="r1:ada", version=1, attendee_id="ada", listing_id="star-maps", round_id="r1", reverted_from="sky-survey"
    )
    assert event_of(seat) == made
    changed = event_of(replace(seat, version=2))
    assert isinstance(changed, PlacementChanged)
    assert (changed.round_id, changed.reverted_from, changed.version) == ("r1", "sky-survey", 2)


def test_any_other_placement_is_published_with_all_that_readers_need() -> None:
    event = event_of(replace(confirmed(placement_of(LISTING, "ada", "p1", application_id="x"), NOW, "attendee"), version=1))
    assert isinstance(event, PlacementChanged)
    dumped = event.model_dump(mode="json", exclude={"feedback"})
    assert dumped == {
        "placement_id": "p1",
        "version": 1,
        "attendee_id": "ada",
        "listing_id": "star-maps",
        "application_id": "x",
        "state": "confirmed",
        "starts": "2027-03-01",
        "ends": "2027-05-31",
        "mentor_person_ids": ["m1", "m2"],
        "round_id": None,
        "reverted_from": None,
        "hours_per_week": 20,
        "title": "Faster star maps",
        "organization_id": "observatory",
        "organization": "Northern Observatory",
        "end_reason": None,
        "skills": [],
        "remark": None,
        "hire": None,
    }
    assert len(event.feedback) == 4


def test_long_after_its_end_a_placement_keeps_its_course_and_what_is_the_attendees_own() -> None:
    skills, remark = (GainedSkill(term="Python", level=4, confirmed=True),), "A joy to work with."
    begun = replace(confirmed(placement_of(LISTING, "ada", "p1"), NOW, "operator", "asked for"), skills=skills, remark=remark)
    answer = Answer("middle", "host", date(2027, 4, 15), NOW, 5, comment="private")
    ended = replace(
        begun, state="ended", answers=(answer,), history=(*begun.history, PlacementStep("ended", NOW, "host", "fell ill"))
    )
    reduced = course_only(ended)
    assert (ended.detailed, reduced.detailed) == (True, False)
    assert [(step.state, step.reason) for step in reduced.history] == [("confirmed", None), ("ended", None)]
    assert (reduced.answers, to_be_given(reduced), reduced.skills, reduced.remark) == ((), [], skills, remark)
    assert course_only(reduced) == reduced


def test_a_placement_is_over_once_it_ended_or_at_least_was_to_end() -> None:
    begun = confirmed(placement_of(LISTING, "ada", "p1"), NOW, "attendee")
    assert begun.over_since == datetime(2027, 6, 2, tzinfo=UTC)
    assert replace(begun, ends=None).over_since is None
    assert replace(begun, state="completed").over_since == NOW


def test_what_is_not_known_of_a_listing_is_left_out() -> None:
    event = event_of(replace(Placement("p1", "ada", "l1"), version=1))
    assert isinstance(event, PlacementChanged)
    assert (event.title, event.organization, event.organization_id, event.feedback) == (None, None, None, [])
