"""The best listings of a candidate: those that the formula gives, one pair at a time."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.index import CandidateIndex, ListingIndex, Numbering, best_for_all
from matching.engine.score import Weights
from matching.engine.supply_and_demand import Market
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Candidate
from matching.model.listings import Listing
from support.topk import best_by_formula, catalogues, counts_by_shard, listings_of, weights
from support.worlds import NOW, candidates

Listed = list[tuple[str, float]]


def listed(listings: ListingIndex, one: Candidate, k: int) -> Listed:
    return listings.best(one, one.interests, NOW, k, words=one.words({}))


def assert_same(found: Listed, expected: Listed) -> None:
    assert [id for id, _ in found] == [id for id, _ in expected]
    assert all(abs(one - other) <= 1e-5 for (_, one), (_, other) in zip(found, expected, strict=True))


@settings(max_examples=120)
@given(catalogues, candidates, counts_by_shard, weights, st.integers(1, 12))
def test_the_best_are_those_of_the_formula(
    catalogue: list[Listing], candidate: Candidate, candidate_counts: CandidateCounts | None, weights: Weights, k: int
) -> None:
    market = Market(catalogue, candidate_counts)
    listings = listings_of(catalogue, market, weights, Numbering())
    expected = best_by_formula(candidate, candidate.interests, catalogue, market, weights, k)
    assert_same(listings.best(candidate, candidate.interests, NOW, k, words=candidate.words({})), expected)


@settings(max_examples=70)
@given(catalogues, st.lists(candidates, unique_by=lambda one: one.id, max_size=8), counts_by_shard, weights, st.integers(1, 12))
def test_the_lists_of_all_are_those_of_each(
    catalogue: list[Listing], people: list[Candidate], candidate_counts: CandidateCounts | None, weights: Weights, k: int
) -> None:
    numbering = Numbering()
    listings = listings_of(catalogue, Market(catalogue, candidate_counts), weights, numbering)
    index = CandidateIndex(numbering)
    for number, one in enumerate(people):
        one.shard = number % 3
        index.put(one, one.interests, [], one.words({}))
    ids, chosen, scores = best_for_all(index, listings, NOW, k, threads=2)
    assert sorted(ids) == sorted(one.id for one in people)
    for one in people:
        row = ids.index(one.id)
        found = [(listings.ids[place], score) for place, score in zip(chosen[row], scores[row], strict=True) if place >= 0]
        assert found == listed(listings, one, k)


@settings(max_examples=70)
@given(
    catalogues.filter(bool), st.lists(candidates, unique_by=lambda one: one.id, max_size=8), weights, st.integers(1, 4), st.data()
)
def test_a_new_listing_enters_the_lists_that_it_changes(
    catalogue: list[Listing], people: list[Candidate], weights: Weights, k: int, data: st.DataObject
) -> None:
    numbering, market = Numbering(), Market(catalogue)
    new = data.draw(st.sampled_from(catalogue))
    before = listings_of(
        [replace(one, approved=one.approved and one is not new) for one in catalogue], market, weights, numbering
    )
    after = listings_of(catalogue, market, weights, numbering)
    index = CandidateIndex(numbering, k)
    for one in people:
        index.put(one, one.interests, listed(before, one, k), one.words({}))
    changed = [one.id for one in people if listed(before, one, k) != listed(after, one, k)]
    assert index.entering(new.id, after, [0], NOW) == sorted(changed)
