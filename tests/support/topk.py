"""Best lists computed directly by the score's formula, one pair at a time, to compare with the index."""

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from matching.engine.index import ListingColumns, ListingIndex, Numbering, holders_by_term
from matching.engine.score import BEST, MIN_SCORE, Weights, least_beside, match
from matching.engine.supply_and_demand import Market
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Candidate, Interest, obstacle
from matching.model.listings import Listing
from support.worlds import KEYS, NOW, listings

catalogues = st.lists(listings, unique_by=lambda one: one.id, max_size=14)

counts_by_shard = st.none() | st.builds(
    CandidateCounts,
    candidates=st.just(20),
    held=st.dictionaries(st.sampled_from(KEYS), st.integers(0, 20)),
    shown=st.dictionaries(st.sampled_from([f"l{number}" for number in range(20)]), st.integers(0, 20)),
)

weights = st.just(Weights()) | st.builds(
    Weights,
    skill=st.sampled_from([0.4, 1.0]),
    similarity=st.sampled_from([0.0, 0.3]),
    topic=st.sampled_from([0.0, 0.1]),
    research=st.sampled_from([0.0, 0.1]),
    demand=st.sampled_from([0.0, 0.5]),
    met=st.sampled_from([0.0, 0.2]),
    discipline=st.sampled_from([0.0, 0.1]),
    conference=st.sampled_from([0.0, 0.1]),
)


def listings_of(listings: Iterable[Listing], market: Market, weights: Weights, numbering: Numbering) -> ListingIndex:
    """An index of these listings, built in one step."""
    return ListingIndex(
        ListingColumns().changed(listings, numbering),
        market,
        holders_by_term(market.candidate_counts, numbering),
        weights,
        numbering,
    )


def score_by_formula(
    candidate: Candidate, interests: Mapping[str, Interest], listing: Listing, market: Market, weights: Weights
) -> float | None:
    """The score, rounded to six digits; None if an obstacle rules the pair out or the score is too low."""
    if not listing.is_available(NOW) or obstacle(candidate.availability, listing):
        return None
    one = match(candidate, interests, listing, market, weights, words=candidate.words({}))
    score = round(one.score, 6) if one else 0.0
    return score if score >= MIN_SCORE else None


def best_by_formula(
    candidate: Candidate,
    interests: Mapping[str, Interest],
    listings: Iterable[Listing],
    market: Market,
    weights: Weights,
    k: int = BEST,
) -> list[tuple[str, float]]:
    """The ``k`` best listings with their scores, best first; equal scores are ordered by id."""
    scores = [(one.id, score_by_formula(candidate, interests, one, market, weights)) for one in listings]
    best = sorted([(id, score) for id, score in scores if score is not None], key=lambda pair: (-pair[1], pair[0]))[:k]
    return [(id, score) for id, score in best if round(1e6 * score) >= least_beside(round(1e6 * best[0][1]))]
