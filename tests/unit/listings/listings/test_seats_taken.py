"""How many seats of a listing are taken, and what that makes of it: filled, open again, over capacity."""

import pytest

from listings.listings.domain import listing as rules
from listings.listings.domain.listing import Promised, Status
from shared.refusals import Conflict
from support.listings import NOW, details, listing, promise


@pytest.mark.parametrize("status", ["closed", "expired", "filled"])
def test_without_a_seat_left_nothing_is_published(status: Status) -> None:
    with pytest.raises(Conflict, match="all 2 seats are taken"):
        rules.publish(listing(status, 2), NOW)


@pytest.mark.parametrize(("offered", "moved", "over"), [(0, 0, 1), (2, 0, 3), (0, 1, 0), (0, -1, 2)])
def test_capacity_below_what_is_promised_is_shown_and_the_promises_hold(offered: int, moved: int, over: int) -> None:
    promised = listing("published", 2, offered, moved, capacity=4)
    lowered = rules.revise(promised, details(capacity=1), NOW)
    assert (lowered.status, lowered.over, lowered.seats) == ("filled", over, 0)
    assert lowered.promised == promised.promised
    assert rules.revise(lowered, promised.details, NOW) == promised


def test_capacity_lowered_to_the_seats_taken_fills_and_raised_opens_again() -> None:
    filled = rules.revise(listing("published", 2, capacity=3), details(capacity=2), NOW)
    assert filled.status == "filled"
    assert rules.revise(filled, details(capacity=3), NOW).status == "published"


def test_what_was_promised_before_changes_nothing_however_often_it_comes() -> None:
    taken = promise(listing(), 1)
    assert taken.seats == 1
    for version in (taken.promised.version, taken.promised.version - 1):
        assert rules.keep_promises(taken, Promised(version, 2), NOW) == taken


def test_the_last_seat_fills_and_one_that_is_free_again_opens() -> None:
    filled = promise(listing("published", 1), 2)
    assert filled.status == "filled"
    reopened = promise(filled, 1)
    assert (reopened.status, reopened.seats) == ("published", 1)


def test_a_seat_that_is_free_after_the_deadline_opens_nothing() -> None:
    assert promise(listing("filled", 2, deadline=NOW), 1).status == "expired"


def test_offers_hold_seats_and_fill_nothing() -> None:
    offered = promise(listing(), 1, offered=1)
    assert (offered.status, offered.seats, offered.over) == ("published", 1, 0)


@pytest.mark.parametrize("status", ["closed", "expired"])
def test_a_listing_that_has_ended_still_gives_seats_and_stays_ended(status: Status) -> None:
    for placed, seats in ((2, 0), (3, 0), (1, 1)):
        promised = promise(listing(status, 1), placed)
        assert (promised.status, promised.seats) == (status, seats)


def test_a_seat_that_moves_fills_the_listing_that_it_leaves_and_opens_the_one_that_gets_it() -> None:
    assert promise(listing(capacity=1), 0, moved=-1).status == "filled"
    got = promise(listing("filled", 1, capacity=1), 1, moved=1)
    assert (got.status, got.seats, got.capacity) == ("published", 1, 2)
    assert promise(got, 2, moved=1).status == "filled"


@pytest.mark.parametrize("status", ["closed", "expired"])
def test_a_full_listing_that_has_ended_can_be_given_more_seats_and_opened_again(status: Status) -> None:
    full = listing(status, 1, capacity=1)
    with pytest.raises(Conflict, match=r"raise its capacity \(PUT /listings/l1\), or wait until one is free"):
        rules.publish(full, NOW)
    mended = rules.revise(full, details(capacity=2), NOW)
    assert (mended.status, mended.seats) == (status, 1)
    assert rules.publish(mended, NOW).status == "published"
    for other in ({"capacity": 2, "title": "Other"}, {"capacity": 1, "title": "Other"}):
        with pytest.raises(Conflict, match="until then, only its capacity can be raised"):
            rules.revise(full, details(**other), NOW)


def test_capacity_of_a_listing_that_has_ended_is_not_lowered() -> None:
    with pytest.raises(Conflict, match="only its capacity can be raised"):
        rules.revise(rules.close(listing(capacity=3)), details(capacity=2), NOW)
