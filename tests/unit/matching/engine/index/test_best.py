"""The best openings of a candidate: those that the formula gives, one pair at a time."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.index import Candidates, Names, best_for_all
from matching.engine.market import Market
from matching.engine.score import Weights
from matching.model.candidates import Candidate
from matching.model.census import Census
from matching.model.openings import Opening
from support.topk import best_by_formula, catalogues, censuses, openings_of, weights
from support.worlds import NOW, candidates

Listed = list[tuple[str, float]]


def assert_same(found: Listed, expected: Listed) -> None:
    assert [id for id, _ in found] == [id for id, _ in expected]
    assert all(abs(one - other) <= 1e-5 for (_, one), (_, other) in zip(found, expected, strict=True))


@settings(max_examples=120)
@given(catalogues, candidates, censuses, weights, st.integers(1, 12))
def test_the_best_are_those_of_the_formula(
    catalogue: list[Opening], candidate: Candidate, census: Census | None, weights: Weights, k: int
) -> None:
    market = Market(catalogue, census)
    openings = openings_of(catalogue, market, weights, Names())
    expected = best_by_formula(candidate, candidate.interests, catalogue, market, weights, k)
    assert_same(openings.best(candidate, candidate.interests, NOW, k), expected)


@settings(max_examples=70)
@given(catalogues, st.lists(candidates, unique_by=lambda one: one.id, max_size=8), censuses, weights, st.integers(1, 12))
def test_the_lists_of_all_are_those_of_each(
    catalogue: list[Opening], people: list[Candidate], census: Census | None, weights: Weights, k: int
) -> None:
    names = Names()
    openings = openings_of(catalogue, Market(catalogue, census), weights, names)
    index = Candidates(names)
    for number, one in enumerate(people):
        one.shard = number % 3
        index.put(one, one.interests, [])
    ids, chosen, scores = best_for_all(index, openings, NOW, k, threads=2)
    assert sorted(ids) == sorted(one.id for one in people)
    for one in people:
        row = ids.index(one.id)
        found = [(openings.ids[place], score) for place, score in zip(chosen[row], scores[row], strict=True) if place >= 0]
        assert found == openings.best(one, one.interests, NOW, k)


@settings(max_examples=70)
@given(
    catalogues.filter(bool), st.lists(candidates, unique_by=lambda one: one.id, max_size=8), weights, st.integers(1, 4), st.data()
)
def test_a_new_opening_enters_the_lists_that_it_changes(
    catalogue: list[Opening], people: list[Candidate], weights: Weights, k: int, data: st.DataObject
) -> None:
    names, market = Names(), Market(catalogue)
    new = data.draw(st.sampled_from(catalogue))
    before = openings_of([replace(one, approved=one.approved and one is not new) for one in catalogue], market, weights, names)
    after = openings_of(catalogue, market, weights, names)
    index = Candidates(names, k)
    for one in people:
        index.put(one, one.interests, before.best(one, one.interests, NOW, k))
    changed = [one.id for one in people if before.best(one, one.interests, NOW, k) != after.best(one, one.interests, NOW, k)]
    assert index.entering(new.id, after, [0], NOW) == sorted(changed)
