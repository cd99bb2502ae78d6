"""The catalogue after any changes is the one that is made of what is left."""

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.index import Numbering
from matching.engine.score import Weights, match
from matching.engine.snapshot import CatalogueSnapshot
from matching.engine.supply_and_demand import Market
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Attended, Candidate
from matching.model.conferences import Conference, Session
from matching.model.listings import Listing
from support.topk import best_by_formula, counts_by_shard
from support.worlds import KEYS, NOW, candidates, listings

changes = st.lists(st.lists(listings | listings.map(lambda one: Listing(one.id, 2, open=False)), max_size=6), max_size=5)


@settings(max_examples=60)
@given(changes, candidates, st.lists(counts_by_shard.filter(bool), max_size=3))
def test_listings_come_change_and_close(
    batches: list[list[Listing]], candidate: Candidate, counts: list[CandidateCounts]
) -> None:
    weights, left = Weights(), dict[str, Listing]()
    snapshots = [CatalogueSnapshot(weights, Numbering())]
    for batch in batches:
        snapshots.append(snapshots[-1].changed(batch, (), {}))
        left |= {one.id: one for one in batch}
    before = [snapshot.best_matches(candidate, NOW) for snapshot in snapshots]
    now = snapshots[-1]
    for shard, candidate_counts in enumerate(counts):
        now = now.changed((), (), {shard: candidate_counts})

    assert now.listings == {id: one for id, one in left.items() if one.open}
    market = Market(now.listings.values(), sum(counts, CandidateCounts()))
    expected = best_by_formula(candidate, candidate.interests, now.listings.values(), market, weights)
    found = now.best_matches(candidate, NOW)
    assert [(one.listing_id, round(one.score, 6)) for one in found] == expected
    for one in found:
        listing, words = now.listings[one.listing_id], candidate.words({})
        assert one == match(candidate, candidate.interests, listing, market, weights, words=words)
    assert [snapshot.best_matches(candidate, NOW) for snapshot in snapshots] == before


def test_a_schedule_tells_what_was_heard_until_it_is_changed() -> None:
    def conference(id: str, *terms: str) -> Conference:
        return Conference(id, 1, id, [Session("s1", f"About {terms}", list(terms))])

    one = Candidate("a1", 0, sessions=[Attended("c1", "s1"), Attended("c2", "s1")])
    catalogue = CatalogueSnapshot(Weights(), Numbering()).changed((), [conference("c1", KEYS[0]), conference("c2", KEYS[1])], {})
    assert catalogue.interests(one).keys() == {KEYS[0], KEYS[1]}
    assert catalogue.changed((), [conference("c1", KEYS[2])], {}).interests(one).keys() == {KEYS[2], KEYS[1]}
    assert catalogue.interests(one).keys() == {KEYS[0], KEYS[1]}
