"""The score of a candidate and an opening, and its reasons."""

from collections.abc import Mapping
from math import inf, log, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.domain.candidates import Candidate, Interest
from matching.domain.census import Census
from matching.domain.openings import Ask, Opening
from matching.engine.market import MOST_CROWDING, Market
from matching.engine.score import Weights, match
from support.worlds import KEYS, candidate, candidates, interest, opening, openings

WEIGHTS = Weights()
worlds = st.lists(openings, min_size=1, max_size=6, unique_by=lambda one: one.id)
censuses = st.builds(
    Census,
    candidates=st.integers(0, 50),
    held=st.dictionaries(st.sampled_from(KEYS), st.integers(0, 50)),
    shown=st.dictionaries(st.sampled_from([f"l{number}" for number in range(20)]), st.integers(0, 50)),
)


def score(one: Candidate, other: Opening, market: Market | None = None, weights: Weights = WEIGHTS) -> float:
    found = match(one, one.interests, other, market or Market([other]), weights)
    return found.score if found else 0.0


def by_the_book(one: Candidate, other: Opening, world: list[Opening], census: Census, weights: Weights) -> float:
    """The formula as the module's text gives it, written down once more without the module's functions."""
    asking = {key: sum(key in each.asks for each in world) for key in other.asks}
    kinds = {ask.kind for ask in other.asks.values()}
    content = weights.skill + weights.topic + weights.research
    stated = sum(getattr(weights, kind) for kind in kinds)

    def share(key: str) -> float:
        def counts(other_key: str) -> float:
            return other.asks[other_key].weight * log(1 + len(world) / asking[other_key])

        return counts(key) / sum(counts(each) for each in other.asks if other.asks[each].kind == other.asks[key].kind)

    common = [key for key in other.asks if key in one.interests]
    fits = {key: min(1, one.interests[key].mastery / other.asks[key].suffices) for key in common}
    q = sum(getattr(weights, other.asks[key].kind) * content / stated * share(key) * fits[key] for key in common)
    served = sum(one.interests[key].mastery for key in common)
    strongest = sum(sorted((each.mastery for each in one.interests.values()), reverse=True)[:10])
    p = content * min(1, served / strongest) if served else 0
    e = 0.0
    for key in common:
        if other.asks[key].kind == "skill" and census.candidates:
            demand = asking[key] / len(world)
            e += weights.demand * share(key) * fits[key] * demand / (demand + census.held.get(key, 0) / census.candidates)
    has_met = any(person in one.met for person in other.mentor_ids)
    e += weights.met * has_met
    if one.discipline and other.disciplines:
        e += weights.discipline * (
            (one.discipline not in other.disciplines) if other.crossing else one.discipline in other.disciplines
        )
    e += weights.conference * any(conference in one.conference_ids for conference in other.conference_ids)
    a, b = p + e, q + e
    if not (common or has_met) or not a or not b:
        return 0
    return float(2 * a * b / (a + b) * (1 - Market(world, census).crowding(other.id)))


@given(candidates, worlds, censuses)
def test_the_score_is_what_the_formula_says_and_its_reasons_add_up_to_it(
    one: Candidate, world: list[Opening], census: Census
) -> None:
    for other in world:
        found = match(one, one.interests, other, Market(world, census), WEIGHTS)
        expected = by_the_book(one, other, world, census, WEIGHTS)
        if found is None:
            assert expected == pytest.approx(0)
            continue
        assert found.score == pytest.approx(expected)
        assert sum(reason.contribution for reason in found.reasons) == pytest.approx(found.score)
        assert 0 < found.score <= 1
        assert [reason.contribution for reason in found.reasons] == sorted((r.contribution for r in found.reasons), reverse=True)


@given(candidates, openings, st.sampled_from(KEYS), st.integers(1, 4))
def test_a_higher_level_never_lowers_what_the_opening_gets(one: Candidate, other: Opening, key: str, level: int) -> None:
    """One skill is all that they have in common and all that is asked: the better it is mastered, the better the match."""
    other.asks = {key: Ask("skill", key)}
    one.interests = {key: Interest(True, level)}
    better = Candidate(**{name: getattr(one, name) for name in ("id", "shard", "met", "conference_ids", "discipline")})
    better.interests = {key: Interest(True, level + 1)}
    assert score(better, other) >= score(one, other) - 1e-9


def test_more_sessions_and_a_declaration_make_an_interest_surer() -> None:
    seen = [interest("s1"), interest("s1", "s2"), interest(declared=True), interest("s1", declared=True)]
    assert [one.mastery for one in seen] == [0.5, 0.75, 0.75, 0.875]
    levels = [interest(declared=True, level=level).mastery for level in range(1, 6)]
    assert levels == pytest.approx([0.4, 0.55, 0.7, 0.85, 1.0])


def test_a_rare_skill_counts_more_than_a_common_one() -> None:
    world = [opening(f"l{number}", "common", *(["rare"] if number == 0 else [])) for number in range(10)]
    market = Market(world)
    knows_rare, knows_common = (candidate(interests={key: interest("s1")}) for key in ("rare", "common"))
    assert score(knows_rare, world[0], market) > score(knows_common, world[0], market)


def test_weight_and_level_of_a_requirement_count() -> None:
    knows = candidate(interests={"a": interest(declared=True, level=2)})
    asks = {"a": Ask("skill", "a"), "b": Ask("skill", "b")}
    plain = score(knows, opening(asks=asks))
    assert score(knows, opening(asks=asks | {"a": Ask("skill", "a", weight=3)})) > plain
    assert score(knows, opening(asks=asks | {"a": Ask("skill", "a", suffices=0.55)})) > plain


def test_a_skill_that_is_asked_for_and_rarely_held_counts_as_demand() -> None:
    world = [opening("l1", "a"), opening("l2", "b")]
    census = Census(candidates=100, held={"a": 90, "b": 1})
    demand = {}
    for key, other in (("a", world[0]), ("b", world[1])):
        found = match(candidate(), {key: interest("s1")}, other, Market(world, census), WEIGHTS)
        assert found
        demand[key] = next(reason.contribution for reason in found.reasons if reason.kind == "demand")
    assert demand["b"] > demand["a"] > 0


def test_nobody_counted_means_no_demand() -> None:
    found = match(candidate(), {"a": interest("s1")}, opening("l1", "a"), Market([opening("l1", "a")]), WEIGHTS)
    assert found
    assert {reason.kind for reason in found.reasons} == {"skill"}


@pytest.mark.parametrize(
    ("discipline", "crossing", "counts"),
    [("ict", False, True), ("law", False, False), ("ict", True, False), ("law", True, True), (None, True, False)],
)
def test_the_same_discipline_counts_or_another_one_where_the_host_asks_for_that(
    discipline: str | None, crossing: bool, counts: bool
) -> None:
    one = candidate(interests={"a": interest("s1")}, discipline=discipline)
    found = match(one, one.interests, opening("l1", "a", disciplines=["ict"], crossing=crossing), Market(), WEIGHTS)
    assert found
    assert ("discipline" in {reason.kind for reason in found.reasons}) is counts


def test_discipline_and_conference_alone_make_no_match_but_a_meeting_does() -> None:
    fields: Mapping[str, object] = {"conference_ids": ["c1"], "disciplines": ["ict"], "mentor_ids": ["m1"]}
    one = candidate(conference_ids={"c1"}, discipline="ict")
    assert match(one, {}, opening("l1", **fields), Market(), WEIGHTS) is None
    one.met = {"m1": "c1"}
    found = match(one, {}, opening("l1", **fields), Market(), WEIGHTS)
    assert found
    assert {reason.kind for reason in found.reasons} == {"met", "discipline", "conference"}
    assert found.reasons[0].person_id == "m1"


def test_an_empty_profile_and_a_listing_that_asks_for_nothing_match_nothing() -> None:
    assert match(candidate(), {}, opening("l1", "a"), Market(), WEIGHTS) is None
    assert match(candidate(), {"a": interest("s1")}, opening("l1"), Market(), WEIGHTS) is None


def test_a_crowded_opening_loses_a_bounded_part_of_its_score_for_whoever_looks() -> None:
    world = [opening("l1", "a"), opening("l2", "a"), opening("l3", "a", seats=100)]
    market = Market(world, Census(candidates=10, held={}, shown={"l1": 99, "l2": 1, "l3": 2}))
    one = candidate(interests={"a": interest("s1")})
    scores = [score(one, other, market) for other in world]
    assert scores[0] < scores[1] == scores[2]
    assert 0 < market.crowding("l1") < MOST_CROWDING
    found = match(one, one.interests, world[0], market, WEIGHTS)
    assert found
    assert found.crowding == market.crowding("l1")


@pytest.mark.parametrize("value", [nan, inf, -1.0])
def test_a_weight_that_is_no_number_from_zero_on_is_refused_by_name(value: float) -> None:
    with pytest.raises(ValueError, match="the weight of 'met' must be a number from 0 on"):
        Weights(met=value)


def test_weights_are_made_to_sum_up_to_one() -> None:
    weights = Weights(skill=4, topic=0, research=0, demand=0, met=4, discipline=0, conference=0)
    assert (weights.skill, weights.met) == (0.5, 0.5)
    with pytest.raises(ValueError, match="must be greater than 0"):
        Weights(skill=0, topic=0, research=0)


def test_a_weight_of_zero_takes_its_kind_out() -> None:
    one = candidate(interests={"a": interest("s1")}, met={"m1": "c1"})
    found = match(one, one.interests, opening("l1", "a", mentor_ids=["m1"]), Market(), Weights(met=0))
    assert found
    assert {reason.kind for reason in found.reasons if reason.contribution} == {"skill"}
