"""What came, changed and went leaves an index that answers as one made of what is left."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bench.crowd import NOW, candidates, listings
from matching.engine.index import CandidateIndex, Numbering, best_for_all
from matching.engine.index.shard import MIN_REORDER
from matching.engine.score import Weights
from matching.engine.snapshot import CatalogueSnapshot
from matching.model.candidates import Candidate

COUNT = 2 * MIN_REORDER
SHARDS = range(2)


@pytest.fixture(scope="module")
def world() -> tuple[Numbering, CatalogueSnapshot, CatalogueSnapshot, list[Candidate]]:
    """The catalogue before and after the last listing came, and candidates."""
    numbering, everything = Numbering(), listings(60)
    before = CatalogueSnapshot(Weights(), numbering).changed(everything[:-1], (), {})
    return (
        numbering,
        before,
        before.changed(everything[-1:], (), {}),
        [replace(one, shard=one.shard % 2) for one in candidates(COUNT)],
    )


def put(index: CandidateIndex, catalogue: CatalogueSnapshot, some: Iterable[Candidate]) -> None:
    index.put_many((one, one.interests, {}, catalogue.index.best(one, one.interests, NOW)) for one in some)


def test_rows_that_died_moved_or_came_late_do_not_show(
    world: tuple[Numbering, CatalogueSnapshot, CatalogueSnapshot, list[Candidate]],
) -> None:
    numbering, before, after, crowd = world
    index = CandidateIndex(numbering)
    for first in range(0, COUNT, 300):  # by pieces, so that rows are put in order in between
        put(index, before, crowd[first : first + 300])
    moved = [replace(one, shard=1 - one.shard) for one in crowd[:500]]
    changed = [replace(one, interests=crowd[0].interests) for one in crowd[500:1500]]
    put(index, before, [*moved, *changed])
    for one in crowd[1500:1800]:
        index.remove(one.id)
    left = [*moved, *changed, *crowd[1800:]]

    anew = CandidateIndex(numbering)
    put(anew, before, left)
    new = listings(60)[-1].id
    assert len(index) == len(anew) == len(left)
    assert index.entering(new, after.index, SHARDS, NOW) == anew.entering(new, after.index, SHARDS, NOW) != []
    assert index.candidate_counts(SHARDS) == anew.candidate_counts(SHARDS)
    for id in before.index.ids[:5]:
        assert index.holding(id, SHARDS) == anew.holding(id, SHARDS)
    assert index.attending("conference-1", SHARDS) == anew.attending("conference-1", SHARDS) != []
    lists = [
        dict(zip(ids, places.tolist(), strict=True))
        for ids, places, _ in (best_for_all(one, after.index, NOW) for one in (index, anew))
    ]
    assert lists[0] == lists[1]


def test_a_listing_that_closed_enters_nobody_and_is_found_where_it_was_held(
    world: tuple[Numbering, CatalogueSnapshot, CatalogueSnapshot, list[Candidate]],
) -> None:
    numbering, _, after, crowd = world
    index = CandidateIndex(numbering)
    put(index, after, crowd[:300])
    id = next(id for id in after.index.ids if index.holding(id, SHARDS))
    closed = after.changed([replace(after.listings[id], version=2, open=False)], (), {})
    held = index.holding(id, SHARDS)
    assert index.entering(id, closed.index, SHARDS, NOW) == held
    put(index, closed, [one for one in crowd[:300] if one.id in held])
    assert index.holding(id, SHARDS) == index.entering(id, closed.index, SHARDS, NOW) == []
