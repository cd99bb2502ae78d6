"""When a listing can be published, changed and closed, and when it ends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from listings.listings.domain import listing as rules
from listings.listings.domain.listing import Listing, Promised, Status
from shared.contract.events.listings import ListingPublished
from shared.refusals import Conflict, Invalid
from support.listings import ACME, EARLIER, LATER, NOW, WEEK, announced, details, listing, promise


@pytest.mark.parametrize("status", ["draft", "closed", "expired", "published"])
def test_whatever_has_seats_and_time_left_can_be_published(status: Status) -> None:
    assert rules.publish(listing(status, 1, deadline=LATER), NOW).status == "published"


@pytest.mark.parametrize("status", ["draft", "closed", "expired"])
def test_a_deadline_that_has_passed_forbids_to_publish_unless_a_later_one_is_given(status: Status) -> None:
    over = listing(status, deadline=NOW)
    with pytest.raises(Conflict, match="has passed: it was open until 2024-07-08 12:00 UTC; set a later one"):
        rules.publish(over, NOW)
    with pytest.raises(Conflict, match="has passed"):
        rules.publish(over, NOW, EARLIER)
    assert rules.publish(over, NOW, LATER).details.deadline == LATER


def test_a_programme_does_not_close_before_nominations_open() -> None:
    programme = listing("expired", kind="leadership", deadline=LATER, opens_at=NOW)
    with pytest.raises(Invalid, match="deadline: must be after opens_at, 2024-07-08 12:00 UTC; choose a later one"):
        rules.publish(programme, EARLIER - timedelta(days=1), NOW)
    assert rules.publish(programme, EARLIER, LATER).details.opens_at == NOW


@pytest.mark.parametrize("status", ["draft", "published"])
def test_a_draft_or_published_listing_can_be_changed_and_keeps_its_status(status: Status) -> None:
    changed = rules.revise(listing(status), details(title="Other"), NOW)
    assert (changed.details.title, changed.status) == ("Other", status)


@pytest.mark.parametrize("status", ["closed", "expired"])
def test_a_listing_that_has_ended_is_not_changed_but_the_same_again_is_no_change(status: Status) -> None:
    ended = listing(status)
    assert rules.revise(ended, details(), NOW) == ended
    with pytest.raises(Conflict, match=r"POST /listings/l1/publish"):
        rules.revise(ended, details(title="Other"), NOW)


def of_an_idea() -> Listing:
    """A listing that was Ada's idea, just published."""
    return announced(rules.publish(replace(listing("draft"), credited_to="ada", author_first=True), NOW, None, WEEK))


def test_after_its_first_publication_only_the_author_of_an_idea_may_apply_for_a_time() -> None:
    first = of_an_idea()
    assert isinstance(first.published, ListingPublished)
    assert (first.published.idea_author_id, first.published.author_only_until) == ("ada", NOW + WEEK)
    assert rules.publish(first, LATER, None, WEEK) == first, "it is not prolonged"
    assert announced(rules.publish(listing("draft"), NOW, None, WEEK)).author_only_until is None, "nobody's idea"
    without = rules.publish(replace(listing("draft"), credited_to="ada", author_first=True), NOW, None, timedelta())
    assert (without.author_only_until, without.author_first) == (None, False)


@pytest.mark.parametrize(
    ("end", "credited_to"),
    [
        (rules.open_to_all, "ada"),
        (lambda one: rules.credit(one, "ada-2"), "ada-2"),
        (lambda one: rules.credit(one, None), None),
        (rules.close, "ada"),
        (lambda one: promise(one, one.capacity), "ada"),
    ],
)
def test_the_time_for_the_author_alone_ends_early_and_for_good(
    end: Callable[[Listing], Listing], credited_to: str | None
) -> None:
    ended = announced(end(of_an_idea()))
    assert (ended.version, ended.author_only_until, ended.credited_to) == (2, None, credited_to)
    reopened = announced(rules.publish(replace(ended, promised=Promised()), NOW, None, WEEK))
    assert isinstance(reopened.published, ListingPublished)
    assert (reopened.published.author_only_until, reopened.published.idea_author_id) == (None, credited_to)


def test_whoever_is_merged_before_the_publication_has_the_first_application_under_the_new_id() -> None:
    draft = replace(listing("draft"), credited_to="ada", author_first=True)
    published = rules.publish(rules.credit(draft, "ada-2"), NOW, None, WEEK)
    assert (published.credited_to, published.author_only_until) == ("ada-2", NOW + WEEK)
    given_way = rules.publish(rules.open_to_all(draft), NOW, None, WEEK)
    assert (given_way.credited_to, given_way.author_only_until) == ("ada", None)


@pytest.mark.parametrize(("status", "capacity"), [("published", 2), ("filled", 3)])
def test_an_open_listing_is_not_changed_to_a_deadline_that_has_passed(status: Status, capacity: int) -> None:
    seated = listing(status, 2 if status == "filled" else 0)
    with pytest.raises(Invalid) as refusal:
        rules.revise(seated, details(capacity=capacity, deadline=EARLIER), NOW)
    assert refusal.value.field == "deadline"


def test_closing_is_for_what_was_opened_and_lasts_whatever_becomes_of_the_seats() -> None:
    with pytest.raises(Conflict, match="draft"):
        rules.close(listing("draft"))
    closed = rules.close(listing("filled", 2))
    assert closed.status == "closed"
    assert rules.close(closed) == closed
    assert promise(closed, 1).status == "closed"
    assert rules.close(listing("expired")).status == "expired"


def test_a_listing_expires_at_its_deadline_and_not_before() -> None:
    assert rules.expire(listing(deadline=LATER), NOW).status == "published"
    assert rules.expire(listing(deadline=NOW), NOW).status == "expired"
    assert rules.expire(listing(), NOW).status == "published"
    for status in ("draft", "closed", "filled"):
        assert rules.expire(listing(status, deadline=EARLIER), NOW).status == status


def test_the_kind_of_a_listing_can_be_changed_until_it_is_published() -> None:
    assert rules.revise(listing("draft"), details(kind="leadership"), NOW).details.kind == "leadership"
    for published in (announced(listing()), rules.announce(rules.close(announced(listing())), None, [])[0]):
        with pytest.raises(Invalid, match="was published as 'internship'; create another listing") as refusal:
            rules.revise(published, details(kind="leadership"), NOW)
        assert refusal.value.field == "kind"


@pytest.mark.parametrize(
    ("deadline", "starts", "ends", "closes"),
    [
        (None, None, None, None),
        ("2024-07-20T12:00:00Z", None, None, "2024-07-20T12:00:00Z"),
        (None, "2024-10-01", None, "2024-10-01T00:00:00Z"),
        (None, "2024-10-01", "2024-12-31", "2024-10-01T00:00:00Z"),
        (None, None, "2024-12-31", "2025-01-01T00:00:00Z"),
        ("2024-09-15T12:00:00Z", "2024-10-01", "2024-12-31", "2024-09-15T12:00:00Z"),
        ("2024-10-15T12:00:00Z", "2024-10-01", "2024-12-31", "2024-10-15T12:00:00Z"),
        ("2025-02-01T12:00:00Z", "2024-10-01", "2024-12-31", "2025-01-01T00:00:00Z"),
    ],
)
def test_a_listing_closes_at_its_deadline_or_first_day_and_never_after_its_last(
    deadline: str | None, starts: str | None, ends: str | None, closes: str | None
) -> None:
    one = listing("draft", deadline=deadline, conditions={"starts": starts, "ends": ends})
    expected = datetime.fromisoformat(closes) if closes else None
    assert one.details.closes_at == expected
    opened, event = rules.announce(rules.publish(one, NOW), ACME, [])
    assert isinstance(event, ListingPublished)
    assert event.deadline == expected
    if expected:
        assert rules.expire(opened, expected - timedelta(milliseconds=1)) == opened
        assert rules.expire(opened, expected).status == "expired"


def test_an_internship_that_has_begun_opens_only_with_a_later_deadline() -> None:
    begun = listing("draft", conditions={"starts": "2024-07-01", "ends": "2024-09-30"})
    with pytest.raises(Conflict, match="open until 2024-07-01 00:00 UTC; set a later one"):
        rules.publish(begun, NOW)
    assert rules.publish(begun, NOW, LATER).status == "published"
    with pytest.raises(Invalid, match="later days") as refused:
        rules.revise(listing(), details(conditions={"starts": "2024-07-01"}), NOW)
    assert refused.value.field == "conditions"
