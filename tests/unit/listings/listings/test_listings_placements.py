"""What becomes of listings as matching gives seats, moves them, and takes them back."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listings.listings.domain.details import ListingDetails
from listings.listings.domain.listing import Listing, Status, close, publish, revise
from listings.listings.domain.placements import Placement, Seating, affected_listing_ids
from shared.contract.events.matching import PlacementChanged, PlacementMade
from shared.refusals import Conflict

NOW = datetime(2024, 7, 8, 12, tzinfo=UTC)


def listing(id: str, capacity: int = 2, *placed: str, status: Status = "published", host: str = "acme", **more: Any) -> Listing:
    offer = ListingDetails.model_validate({"organization_id": host, "title": id, "capacity": capacity} | more)
    return Listing(id, offer, status, placed)


def made(
    attendee: str, listing_id: str, version: int = 1, reverted_from: str | None = None, round_id: str = "r1"
) -> PlacementMade:
    return PlacementMade(
        placement_id=f"r1:{attendee}",
        version=version,
        attendee_id=attendee,
        listing_id=listing_id,
        round_id="r1",
        reverted_from=reverted_from,
    )


def changed(
    attendee: str, listing_id: str, version: int = 2, state: str = "confirmed", reverted_from: str | None = None
) -> PlacementChanged:
    return PlacementChanged(
        placement_id=f"r1:{attendee}",
        version=version,
        attendee_id=attendee,
        listing_id=listing_id,
        state=state,
        mentor_person_ids=[],
        reverted_from=reverted_from,
    )


def seating(*listings: Listing, placements: tuple[Placement, ...] = ()) -> Seating:
    return Seating({one.id: one for one in placements}, {one.id: one for one in listings}, NOW)


def test_several_placements_of_one_listing_fill_it_and_one_too_many_is_refused() -> None:
    one = seating(listing("l1"))
    one.apply(made("a", "l1"))
    one.apply(made("b", "l1"))
    with pytest.raises(Conflict, match=r"all 2 seats are taken; raise its capacity \(PUT /listings/l1\), or give a seat back"):
        one.apply(made("c", "l1"))
    assert [(changed.placements, changed.status) for changed in one.changed_listings()] == [(("a", "b"), "filled")]
    assert {placement.id for placement in one.changed_placements()} == {"r1:a", "r1:b"}


def test_what_was_applied_before_changes_nothing() -> None:
    one = seating(listing("l1", 2, "a"), placements=(Placement("r1:a", 2, "a", "l1"),))
    one.apply(made("a", "l1", version=1))
    one.apply(made("a", "l1", version=2))
    assert (one.changed_listings(), one.changed_placements(), one.erased_placements()) == ([], [], set())


def test_a_seat_given_back_by_hand_is_not_given_again_by_a_second_delivery() -> None:
    one = seating(listing("l1", 2), placements=(Placement("r1:a", 1, "a", "l1"),))
    one.apply(made("a", "l1"))
    one.apply(made("a", "l1", version=2))
    assert one.changed_listings() == []
    assert one.changed_placements() == [Placement("r1:a", 2, "a", "l1")]


def test_an_erasure_gives_the_seat_back_once_and_one_of_nothing_changes_nothing() -> None:
    one = seating(listing("l1", 1, "a", status="filled"), placements=(Placement("r1:a", 1, "a", "l1"),))
    one.erase("r1:a")
    one.erase("r1:a")
    one.erase("r1:nobody")
    assert [(changed.placements, changed.status) for changed in one.changed_listings()] == [((), "published")]
    assert (one.changed_placements(), one.erased_placements()) == ([], {"r1:a"})


def test_a_placement_made_and_erased_in_one_batch_leaves_nothing() -> None:
    one = seating(listing("l1"))
    one.apply(made("a", "l1"))
    one.erase("r1:a")
    assert (one.changed_listings(), one.changed_placements(), one.erased_placements()) == ([], [], set())


@pytest.mark.parametrize("status", ["closed", "expired"])
def test_a_listing_that_has_ended_since_the_lock_gives_its_seats_and_stays_ended(status: Status) -> None:
    one = seating(listing("l1", 1, status=status))
    one.apply(made("a", "l1"))
    assert [(changed.placements, changed.status) for changed in one.changed_listings()] == [(("a",), status)]


@pytest.mark.parametrize(
    ("listings", "what"),
    [
        ([], r"there is no listing 'l1'; make it \(PUT /listings/l1\) and publish it"),
        ([listing("l1", status="draft")], r"the listing is a draft; publish it first \(POST /listings/l1/publish\)"),
        ([listing("l1", 1, "x", status="filled")], r"all 1 seats are taken; raise its capacity \(PUT /listings/l1\)"),
        ([listing("l1", 1, "x", status="closed")], "all 1 seats are taken"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do_and_changes_nothing(listings: list[Listing], what: str) -> None:
    one = seating(*listings)
    with pytest.raises(Conflict, match=what):
        one.apply(made("a", "l1"))
    assert (one.changed_listings(), one.changed_placements()) == ([], [])


@pytest.mark.parametrize("status", ["closed", "expired"])
def test_a_full_listing_that_has_ended_is_mended_as_the_refusal_says(status: Status) -> None:
    full = listing("l1", 1, "x", status=status)
    with pytest.raises(Conflict, match="raise its capacity"):
        publish(full, NOW)
    mended = revise(full, full.details.model_copy(update={"capacity": 2}), NOW)
    assert (mended.status, mended.seats) == (status, 1)
    one = seating(mended)
    one.apply(made("a", "l1"))
    assert one.listings["l1"].placements == ("x", "a")
    assert publish(mended, NOW).status == "published"
    for other in ({"capacity": 2, "title": "Other"}, {"title": "Other"}):
        with pytest.raises(Conflict, match="until then only its capacity can be raised"):
            revise(full, full.details.model_copy(update=other), NOW)


def test_capacity_of_a_listing_that_has_ended_is_not_lowered() -> None:
    with pytest.raises(Conflict, match="only its capacity can be raised"):
        revise(close(listing("l1", 3)), listing("l1", 2).details, NOW)


def test_an_unfilled_seat_moves_to_the_listing_that_filled_it() -> None:
    one = seating(listing("l1", 1, "x", status="filled"), listing("l2", 1))
    one.apply(made("a", "l1", reverted_from="l2"))
    l1, l2 = one.listings["l1"], one.listings["l2"]
    assert (l1.placements, l1.moved, l1.seats, l1.status) == (("x", "a"), 1, 0, "filled")
    assert (l2.placements, l2.moved, l2.seats, l2.status) == ((), -1, 0, "filled")
    one.erase("r1:a")
    assert (one.listings["l1"].seats, one.listings["l1"].status) == (1, "published"), "the seat stays where it moved"
    assert one.listings["l2"].status == "filled"


def test_a_seat_moves_from_and_to_listings_that_have_ended() -> None:
    one = seating(listing("l1", 1, "x", status="closed"), listing("l2", 1, status="closed"))
    one.apply(made("a", "l1", reverted_from="l2"))
    assert {id: (kept.status, kept.seats) for id, kept in one.listings.items()} == {"l1": ("closed", 0), "l2": ("closed", 0)}


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (
            listing("l2", 1, "y", status="filled"),
            r"listing 'l2', whose seat it is, has none left; raise its capacity \(PUT /listings/l2\)",
        ),
        (listing("l2", 1, host="globex"), "listing 'l2', whose seat it is, is another organization's than 'l1'"),
        (None, "there is no listing 'l2'"),
    ],
)
def test_a_seat_that_cannot_move_is_refused_and_changes_nothing(source: Listing | None, what: str) -> None:
    one = seating(listing("l1", 2), *([source] if source else []))
    with pytest.raises(Conflict, match=what):
        one.apply(made("a", "l1", reverted_from="l2"))
    assert (one.changed_listings(), one.changed_placements()) == ([], [])


def test_who_was_seated_by_hand_needs_no_other_seat() -> None:
    one = seating(listing("l1", 2, "a"), listing("l2", 1))
    one.apply(made("a", "l1", reverted_from="l2"))
    assert one.changed_listings() == []
    assert one.changed_placements() == [Placement("r1:a", 1, "a", "l1")]


def test_a_newer_version_moves_the_attendee_even_by_the_seat_that_they_leave() -> None:
    one = seating(listing("l1", 1, "a", status="filled"), listing("l2", 1, "x"), placements=(Placement("r1:a", 1, "a", "l1"),))
    one.apply(made("a", "l2", version=2, reverted_from="l1"))
    assert {id: kept.placements for id, kept in one.listings.items()} == {"l1": (), "l2": ("x", "a")}
    assert one.changed_placements() == [Placement("r1:a", 2, "a", "l2")]


def test_a_newer_version_that_is_refused_leaves_the_seat_there_was() -> None:
    one = seating(listing("l1", 1, "a"), listing("l2", 1, "x"), placements=(Placement("r1:a", 1, "a", "l1"),))
    with pytest.raises(Conflict):
        one.apply(made("a", "l2", version=2))
    assert (one.changed_listings(), one.changed_placements()) == ([], [])


@pytest.mark.parametrize("state", ["confirmed", "started", "completed", "of-tomorrow"])
def test_a_placement_that_goes_on_keeps_its_seat(state: str) -> None:
    one = seating(listing("l1", 1, "a", status="filled"), placements=(Placement("r1:a", 1, "a", "l1"),))
    one.apply(changed("a", "l1", state=state))
    assert one.changed_listings() == []
    assert one.changed_placements() == [Placement("r1:a", 2, "a", "l1")]


def test_one_whose_beginning_was_not_seen_takes_its_seat_all_the_same() -> None:
    """The topic is compacted: who reads it anew finds the newest event of a placement only."""
    one = seating(listing("l1", 1, "x", status="filled"), listing("l2", 1))
    one.apply(changed("a", "l1", version=3, state="started", reverted_from="l2"))
    assert {id: (kept.placements, kept.moved) for id, kept in one.listings.items()} == {"l1": (("x", "a"), 1), "l2": ((), -1)}


def test_one_that_ended_before_its_time_frees_its_seat_once() -> None:
    one = seating(listing("l1", 1, "a", status="filled"), placements=(Placement("r1:a", 1, "a", "l1"),))
    for _ in range(2):
        one.apply(changed("a", "l1", state="ended"))
    assert [(free.placements, free.status) for free in one.changed_listings()] == [((), "published")]
    assert one.changed_placements() == [Placement("r1:a", 2, "a", None)]
    one.apply(made("b", "l1"))
    one.apply(made("a", "l1"))
    one.erase("r1:a")
    assert one.listings["l1"].placements == ("b",), "neither a late event nor the erasure takes another's seat"


def test_one_that_ended_is_no_business_of_a_listing_that_is_not_known() -> None:
    one = seating()
    one.apply(changed("a", "nowhere", state="ended"))
    assert one.changed_placements() == [Placement("r1:a", 2, "a", None)]


IDS = st.sampled_from(["l1", "l2", "l3", "nowhere"])
STEPS = st.one_of(
    st.builds(made, st.sampled_from("abcdef"), IDS, st.integers(1, 3), st.none() | IDS),
    st.builds(changed, st.sampled_from("abcdef"), IDS, st.integers(2, 4), st.sampled_from(["started", "ended"]), st.none() | IDS),
    st.sampled_from("abcdef").map("r1:{}".format),
)


@given(st.lists(STEPS, max_size=40), st.integers(0, 40))
def test_seats_are_never_exceeded_nor_lost_and_a_second_delivery_changes_nothing(
    steps: list[PlacementMade | PlacementChanged | str], again: int
) -> None:
    hosts = [listing("l1", 1), listing("l2", 2), listing("l3", 3, status="closed")]

    def applied(one: Seating, some: list[PlacementMade | PlacementChanged | str]) -> Seating:
        for step in some:
            if isinstance(step, str):
                one.erase(step)
                continue
            try:
                one.apply(step)
            except Conflict:
                continue
        return one

    one = applied(seating(*hosts), steps)
    assert sum(kept.capacity for kept in one.listings.values()) == 6
    for kept in one.listings.values():
        assert len(set(kept.placements)) == len(kept.placements) <= kept.capacity
        assert (kept.status == "filled") == (kept.seats == 0) or kept.status == "closed"
    for placement in one.placements.values():
        if placement.listing_id is not None:
            assert placement.attendee_id in one.listings[placement.listing_id].placements
    seated = [step for step in steps[:again] if not isinstance(step, str) and _kept(one, step)]
    twice = applied(seating(*one.listings.values(), placements=tuple(one.placements.values())), list(seated))
    assert (twice.changed_listings(), twice.changed_placements()) == ([], [])


def _kept(one: Seating, step: PlacementMade | PlacementChanged) -> bool:
    kept = one.placements.get(step.placement_id)
    return kept is not None and kept.version >= step.version


def test_the_listings_concerned_are_those_that_give_and_those_that_get() -> None:
    assert affected_listing_ids([made("a", "l1"), made("b", "l2", reverted_from="l3")]) == {"l1", "l2", "l3"}
