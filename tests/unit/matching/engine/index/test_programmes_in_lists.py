"""Leadership programmes in the lists of their nominees: scored one by one, and merged with what the kernel finds."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.index import Numbering
from matching.engine.score import BEST, MIN_SCORE, NOMINATION, Weights, least_beside, match
from matching.engine.snapshot import CatalogueSnapshot
from matching.engine.supply_and_demand import Market
from matching.model.candidates import Availability, Candidate, obstacle
from matching.model.commitments import Commitments
from matching.model.listings import Conditions, Listing
from shared.commitments import Commitment
from support.worlds import NOW, candidate, candidates, interest, listing, listings

WEIGHTS = Weights()
NOMINATED = Commitments(nominated_for=frozenset({"p1"}))


def snapshot(*world: Listing) -> CatalogueSnapshot:
    return CatalogueSnapshot(WEIGHTS, Numbering()).changed(world, (), {})


def listed(one: Candidate, commitments: Commitments, *world: Listing) -> list[str]:
    return [match.listing_id for match in snapshot(*world).best_matches(one, NOW, commitments)]


@settings(max_examples=60)
@given(
    candidates.filter(lambda one: not one.empty),
    st.lists(listings, max_size=16, unique_by=lambda one: one.id),
    st.sets(st.sampled_from([f"l{number}" for number in range(20)])),
)
def test_a_list_is_what_the_formula_gives_for_internships_and_for_the_programmes_of_the_nominee(
    one: Candidate, world: list[Listing], nominated_for: set[str]
) -> None:
    market, expected = Market(world), []
    for other in world:
        nominated = other.kind != "internship" and other.id in nominated_for
        if other.obstacle(NOW, nominated=nominated) or obstacle(one.availability, other):
            continue
        found = match(one, one.interests, other, market, WEIGHTS, words=one.words({}), nominated=nominated)
        if found and round(found.score, 6) >= MIN_SCORE:
            expected.append((-round(found.score, 6), other.id))
    best = snapshot(*world).best_matches(one, NOW, Commitments(nominated_for=nominated_for))
    expected = sorted(expected)[:BEST]
    least = least_beside(round(-1e6 * expected[0][0])) if expected else 0
    # The best fit may come before the best score: see engine.order.
    assert sorted((-round(each.score, 6), each.listing_id) for each in best) == [
        each for each in expected if round(-1e6 * each[0]) >= least
    ]
    programmes = {other.id for other in world if other.kind != "internship"}
    for each in best:
        assert [reason.kind for reason in each.reasons].count("nomination") == (each.listing_id in programmes)


def test_only_the_nominated_are_matched_with_a_programme() -> None:
    programme, internship = listing("p1", "a", kind="leadership"), listing("l1", "a")
    one = candidate(interests={"a": interest(declared=True)})
    assert listed(one, Commitments(), programme, internship) == ["l1"]
    assert listed(one, NOMINATED, programme, internship) == ["p1", "l1"]
    assert listed(one, Commitments(nominated_for={"l1"}), programme, internship) == ["l1"], "no programme"
    assert listed(one, Commitments(nominated_for={"gone"}), programme, internship) == ["l1"]


def test_a_list_with_a_programme_is_no_longer_than_others() -> None:
    world = [listing(f"l{number}", "a", mentor_ids=["m1"], disciplines=["ict"]) for number in range(BEST + 2)]
    one = candidate(interests={"a": interest(declared=True)}, met={"m1": "c1"}, discipline="ict")
    found = snapshot(*world, listing("p1", kind="leadership")).best_matches(one, NOW, NOMINATED)
    assert len(found) == BEST
    assert found[-1].score > NOMINATION
    assert "p1" not in [each.listing_id for each in found], "ten others match better"
    assert listed(one, NOMINATED, *world, listing("p1", "a", mentor_ids=["m1"], kind="leadership"))[0] == "p1"


def test_what_rules_out_an_internship_rules_out_a_programme() -> None:
    summer = Conditions(date(2026, 9, 1), date(2026, 10, 1), 40)
    open_one = listing("p1", kind="leadership", conditions=summer)
    one = candidate(conference_ids={"c1"})
    assert listed(one, NOMINATED, open_one) == ["p1"]
    assert listed(candidate(), NOMINATED, open_one) == [], "they no longer agree to be matched"
    for changes in (
        {"seats": 0},
        {"approved": False},
        {"deadline": NOW},
        {"opens_at": NOW + timedelta(days=1)},
        {"open": False},
    ):
        assert listed(one, NOMINATED, replace(open_one, **changes)) == [], changes
    busy = replace(one, availability=Availability(hours_per_week=20))
    assert listed(busy, NOMINATED, open_one) == []
    taken = replace(NOMINATED, placements={"x": Commitment(date(2026, 9, 15), None, 10)})
    assert listed(one, taken, open_one) == []
    assert listed(one, replace(NOMINATED, listing_ids={"p1"}), open_one) == [], "they have applied"
