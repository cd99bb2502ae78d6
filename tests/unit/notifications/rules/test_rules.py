"""Which mails rounds and listings cause, and which they take back."""

from datetime import datetime

import pytest

from notifications.rules.domain.listings import on_listing
from notifications.rules.domain.rounds import on_outcome, on_round
from shared.contract.events.listings import ListingPublished
from shared.contract.events.matching import OutcomeDecided, RoundChanged
from support.scheduled import DAY, NOW, cancelled, kinds, only


def test_a_match_day_is_announced_until_it_closes_and_then_to_those_who_ranked() -> None:
    opened = RoundChanged(
        round_id="r1", version=2, name="Spring", state="open", listing_ids=["l1"], closes_at=NOW + DAY, seed="s"
    )
    changes = on_round(opened, "c", NOW)
    scheduled = only(changes, "round_opened")
    assert (scheduled.audience.group, scheduled.audience.ids, scheduled.not_after) == ("recommended", ("l1",), NOW + DAY)
    locked = on_round(opened.model_copy(update={"state": "locked", "version": 3}), "c", NOW)
    assert only(locked, "round_locked").audience.ids == ("r1",)
    assert cancelled(locked) == {"round_opened"}
    assert cancelled(on_round(opened.model_copy(update={"state": "cancelled"}), "c", NOW)) == {"round_opened", "round_locked"}


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
    assert (details.listing_id, details.choices) == ("l2", (("l1", "filled"), ("l2", "matched")))


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


def test_a_clean_up_round_opens_for_those_who_ranked_before() -> None:
    opened = RoundChanged(
        round_id="r2",
        version=2,
        name="Clean-up",
        state="open",
        listing_ids=["l1"],
        closes_at=NOW + DAY,
        seed="s",
        clean_up_of="r1",
    )
    audience = only(on_round(opened, "c", NOW), "round_opened").audience
    assert (audience.group, audience.ids) == ("ranked", ("r1",))


def test_a_deadline_that_moves_near_takes_the_reminder_of_the_old_one_back() -> None:
    near = on_listing(listing(version=2, deadline=NOW + 2 * DAY), "c", NOW)
    same = on_listing(listing(version=2), "c", NOW + 8 * DAY)
    assert (cancelled(near), near.kept_causes) == ({"listing_closing"}, ["listing/l1@20260710T120000"])
    assert same.kept_causes == [only(on_listing(listing(), "c", NOW), "listing_closing").cause]
