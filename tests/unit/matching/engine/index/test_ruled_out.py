"""Listings that somebody's placements or earlier decisions rule out are not among their best."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.index import Numbering
from matching.engine.score import Weights
from matching.engine.supply_and_demand import Market
from matching.model.candidates import Availability, Candidate
from matching.model.commitments import FREE, Commitments, commitment_of
from matching.model.listings import Conditions, Listing
from shared.commitments import Commitment, clashing
from support.topk import catalogues, listings_of
from support.worlds import DAYS, NOW, candidate, candidates, interest, listing

days = st.none() | st.sampled_from([*DAYS, date(2026, 9, 15), date(2026, 12, 31)])
held = st.builds(Commitment, days, days, st.none() | st.sampled_from([5, 10, 20, 40]))
commitments = st.builds(
    Commitments,
    placements=st.dictionaries(st.sampled_from(["p1", "p2", "p3"]), held),
    listing_ids=st.frozensets(st.sampled_from([f"l{number}" for number in range(12)]) | st.just("unknown"), max_size=4),
)


@settings(max_examples=150)
@given(catalogues, candidates, commitments)
def test_what_is_ruled_out_is_left_out_and_nothing_else(catalogue: list[Listing], one: Candidate, made: Commitments) -> None:
    hours = one.availability.hours_per_week
    listings = listings_of(catalogue, Market(catalogue), Weights(), Numbering())
    excluded = {
        listing.id
        for listing in catalogue
        if listing.id in made.listing_ids or clashing(commitment_of(listing.conditions), made.placements, hours)
    }
    everything = listings.best(one, one.interests, NOW, len(catalogue) + 1)
    left = [(id, score) for id, score in everything if id not in excluded]
    assert listings.best(one, one.interests, NOW, 3, made) == left[:3]


def test_somebody_placed_in_autumn_gets_only_what_fits_beside_it() -> None:
    autumn, spring = (date(2026, 9, 1), date(2026, 12, 31)), (date(2027, 1, 1), date(2027, 3, 1))
    catalogue = [
        listing("beside", "t1", conditions=Conditions(*autumn, 20)),
        listing("full", "t1", conditions=Conditions(*autumn, 40)),
        listing("later", "t1", conditions=Conditions(*spring, 40)),
        listing("unknown", "t1"),
    ]
    placed = Commitments(placements={"p1": Commitment(*autumn, 20)})
    listings = listings_of(catalogue, Market(catalogue), Weights(), Numbering())
    one = candidate(interests={"t1": interest(declared=True)})
    assert [id for id, _ in listings.best(one, one.interests, NOW, 9, placed)] == ["beside", "later"]
    one.availability = Availability(hours_per_week=20)  # which also rules out what asks for 40
    assert [id for id, _ in listings.best(one, one.interests, NOW, 9, placed)] == []


def test_nobody_is_kept_from_anything_by_no_commitments() -> None:
    catalogue = [listing("l1", "t1")]
    listings = listings_of(catalogue, Market(catalogue), Weights(), Numbering())
    one = candidate(interests={"t1": interest(declared=True)})
    assert listings.best(one, one.interests, NOW, 9, FREE) == listings.best(one, one.interests, NOW, 9) != []


def test_a_placement_that_ends_before_it_begins_takes_no_time() -> None:
    catalogue = [listing("l1", "t1")]  # at any time
    listings = listings_of(catalogue, Market(catalogue), Weights(), Numbering())
    one = candidate(interests={"t1": interest(declared=True)})
    nowhere = Commitments(placements={"p1": Commitment(date(2026, 10, 1), date(2026, 9, 1))})
    assert [id for id, _ in listings.best(one, one.interests, NOW, 9, nowhere)] == ["l1"]
