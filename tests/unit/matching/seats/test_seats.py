"""What takes and frees a listing's seats, and what readers are told of it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.model.listings import Listing
from matching.seats.domain import Seats, announce, free, hold, move, offer, place, release, with_capacity_of, withdraw_offer
from shared.refusals import Conflict


def seats(capacity: int, **more: Any) -> Seats:
    return replace(Seats("l1", capacity=capacity, as_of=1), **more)


def test_offers_and_placements_take_seats_until_none_is_free() -> None:
    taken = place(offer(seats(2), "a1"), "p2")
    assert (taken.placed, taken.offered, taken.free) == (1, 1, 0)
    for act in (offer, place):
        with pytest.raises(Conflict, match="listing 'l1' has no seat left: 1 taken, 1 offered, of 2; raise its capacity"):
            act(taken, "another")


def test_repeating_anything_changes_nothing() -> None:
    offered = offer(seats(1), "a1")
    assert offer(offered, "a1") == offered
    placed = place(offered, "a1", application_id="a1")
    assert place(placed, "a1", application_id="a1") == placed
    assert (placed.placements, placed.offers) == (("a1",), ())
    freed = free(placed, "a1")
    assert free(freed, "a1") == freed == seats(1)
    assert withdraw_offer(withdraw_offer(offered, "a1"), "a1") == seats(1)
    held = hold(seats(3), "r1")
    assert hold(held, "r1") == held
    assert release(release(held, "r1"), "r1") == seats(3)


def test_a_declined_offer_frees_its_seat() -> None:
    """frappe/erpnext#29265: offers that were declined still counted against the vacancies, so the next one was refused."""
    full = offer(seats(1), "first")
    with pytest.raises(Conflict):
        offer(full, "second")
    assert offer(withdraw_offer(full, "first"), "second").offers == ("second",)


def test_whoever_leaves_early_frees_their_seat() -> None:
    """frappe/erpnext#30007: somebody left, and their position stayed taken."""
    full = place(place(seats(2), "p1"), "p2")
    left = free(full, "p1")
    assert (left.placed, left.free) == (1, 1)
    assert place(left, "p3").placements == ("p2", "p3")


def test_somebody_rejected_can_be_offered_a_seat_later() -> None:
    """frappe/hrms#680: an applicant who had been turned down could not be offered the position any more."""
    again = offer(withdraw_offer(offer(seats(1), "a1"), "a1"), "a1")
    assert place(again, "a1", application_id="a1").placements == ("a1",)


def test_promises_hold_where_the_capacity_falls_below_them() -> None:
    promised = offer(place(place(seats(4), "p1"), "p2"), "a3")
    lowered = with_capacity_of(promised, Listing("l1", 2, open=True, capacity=1))
    assert (lowered.placements, lowered.offers, lowered.free, lowered.over) == (("p1", "p2"), ("a3",), -2, 2)
    assert place(lowered, "a3", application_id="a3").placed == 3, "an offer that was made can be accepted"
    with pytest.raises(Conflict, match="of 1;"):
        offer(withdraw_offer(lowered, "a3"), "a4")
    assert hold(lowered, "r1") == lowered


def test_a_round_holds_what_is_free_and_nothing_else_gets_it() -> None:
    held = hold(offer(seats(4), "a1"), "r1")
    assert held.rounds == {"r1": 3}
    with pytest.raises(Conflict, match="0 taken, 1 offered, 3 held by a match-day round, of 4"):
        offer(held, "a2")
    placed = place(held, "r1:ada", round_id="r1")
    assert (placed.rounds, placed.placements, placed.free) == ({"r1": 2}, ("r1:ada",), 0)
    assert release(placed, "r1").free == 2
    assert hold(seats(5), "r1", most=2).rounds == {"r1": 2}
    assert hold(seats(5), "r1", most=0) == seats(5)
    with pytest.raises(Conflict):
        place(hold(seats(1), "r1"), "r2:ada", round_id="r2")


def test_seats_move_with_what_a_round_holds_of_them() -> None:
    source, target = hold(seats(2), "r1"), hold(replace(seats(1), listing_id="l2"), "r1")
    source, target = move(source, target, 2, "r1")
    assert (source.moved, source.rounds, source.free) == (-2, {}, 0)
    assert (target.moved, target.rounds, target.free) == (2, {"r1": 3}, 0)
    assert release(target, "r1").free == 3


@pytest.mark.parametrize(
    ("listing", "capacity"),
    [
        (Listing("l1", 2, open=True, seats=1, capacity=7), 7),
        (Listing("l1", 2, open=False, capacity=7), 7),
        (Listing("l1", 1, open=True, capacity=7), 3),  # no newer than what is known
        (Listing("l1", 2, open=True, seats=1), 3),  # of 0.1.0: one is left, two are placed; moved ones are no part of it
        (Listing("l1", 2, open=False, seats=1), 3),  # withdrawn by 0.1.0: what was known stays
    ],
)
def test_the_capacity_is_what_the_newest_version_of_the_listing_says(listing: Listing, capacity: int) -> None:
    known = Seats("l1", capacity=3, as_of=1, placements=("p1", "p2"))
    assert with_capacity_of(known, listing).capacity == capacity


def test_an_unknown_listing_of_an_older_version_has_no_seats_but_those_taken() -> None:
    assert with_capacity_of(Seats("l1", placements=("p1",)), Listing("l1", 4, open=False, seats=2)).free == 0


def test_readers_are_told_what_they_do_not_know_yet() -> None:
    before = seats(3, version=4)
    after, event = announce(before, hold(offer(place(before, "p1"), "a1"), "r1"))
    assert event is not None
    assert event.model_dump() == {"listing_id": "l1", "version": 5, "placed": 1, "offered": 2, "moved": 0}
    assert after.version == 5
    accepted, event = announce(after, place(after, "a1", application_id="a1"))
    assert event
    assert (accepted.version, event.placed, event.offered) == (6, 2, 1)
    lowered, event = announce(accepted, replace(accepted, capacity=1))
    assert (lowered.version, event) == (6, None)


Act = tuple[str, int]


@given(st.lists(st.tuples(st.sampled_from(("offer", "withdraw", "place", "free", "hold", "release")), st.integers(0, 3))))
def test_whatever_happens_no_seat_is_promised_twice(acts: list[Act]) -> None:
    now = seats(3)
    for what, who in acts:
        try:
            match what:
                case "offer":
                    now = offer(now, f"a{who}")
                case "withdraw":
                    now = withdraw_offer(now, f"a{who}")
                case "place":
                    now = place(now, f"a{who}", application_id=f"a{who}", round_id="r0")
                case "free":
                    now = free(now, f"a{who}")
                case "hold":
                    now = hold(now, f"r{who}", most=who)
                case "release":
                    now = release(now, f"r{who}")
        except Conflict:
            assert now.free <= 0
        assert now.free >= 0
        assert len(set(now.placements)) == now.placed
        assert all(now.rounds.values())
