"""The lists that the formula itself makes, one pair at a time."""

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from matching.engine.index import Names, Openings, Parts, counted
from matching.engine.market import Market
from matching.engine.score import BEST, LEAST_SCORE, Weights, match
from matching.model.candidates import Candidate, Interest, obstacle
from matching.model.census import Census
from matching.model.openings import Opening
from support.worlds import KEYS, NOW, openings

catalogues = st.lists(openings, unique_by=lambda one: one.id, max_size=14)

censuses = st.none() | st.builds(
    Census,
    candidates=st.just(20),
    held=st.dictionaries(st.sampled_from(KEYS), st.integers(0, 20)),
    shown=st.dictionaries(st.sampled_from([f"l{number}" for number in range(20)]), st.integers(0, 20)),
)

weights = st.just(Weights()) | st.builds(
    Weights,
    skill=st.sampled_from([0.4, 1.0]),
    topic=st.sampled_from([0.0, 0.1]),
    research=st.sampled_from([0.0, 0.1]),
    demand=st.sampled_from([0.0, 0.5]),
    met=st.sampled_from([0.0, 0.2]),
    discipline=st.sampled_from([0.0, 0.1]),
    conference=st.sampled_from([0.0, 0.1]),
)


def openings_of(openings: Iterable[Opening], market: Market, weights: Weights, names: Names) -> Openings:
    """A snapshot made at once."""
    return Openings(Parts().changed(openings, names), market, counted(market.census, names), weights, names)


def score_by_formula(
    candidate: Candidate, interests: Mapping[str, Interest], opening: Opening, market: Market, weights: Weights
) -> float | None:
    """To six digits; None where something rules the pair out or it is too weak."""
    if not opening.is_available(NOW) or obstacle(candidate.availability, opening):
        return None
    one = match(candidate, interests, opening, market, weights)
    score = round(one.score, 6) if one else 0.0
    return score if score >= LEAST_SCORE else None


def best_by_formula(
    candidate: Candidate,
    interests: Mapping[str, Interest],
    openings: Iterable[Opening],
    market: Market,
    weights: Weights,
    k: int = BEST,
) -> list[tuple[str, float]]:
    """The best list: best first, equals by id."""
    scores = [(one.id, score_by_formula(candidate, interests, one, market, weights)) for one in openings]
    return sorted([(id, score) for id, score in scores if score is not None], key=lambda pair: (-pair[1], pair[0]))[:k]
