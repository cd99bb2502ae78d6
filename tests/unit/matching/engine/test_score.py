"""The score of a candidate and a listing, and its reasons."""

from collections.abc import Mapping
from dataclasses import replace
from math import log

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matching.engine.score import KINDS, NOMINATION, Weights, expected_rivals, least_beside, match
from matching.engine.supply_and_demand import MAX_BONUS, MAX_CROWDING, MAX_EXPECTED, Market
from matching.model.candidate_counts import CandidateCounts
from matching.model.candidates import Candidate, Interest
from matching.model.listings import Listing, RequestedTerm
from support.worlds import KEYS, candidate, candidates, interest, listing, listings

WEIGHTS = Weights()
worlds = st.lists(listings, min_size=1, max_size=6, unique_by=lambda one: one.id)
counts_by_shard = st.builds(
    CandidateCounts,
    candidates=st.integers(0, 50),
    held=st.dictionaries(st.sampled_from(KEYS), st.integers(0, 50)),
    shown=st.dictionaries(st.sampled_from([f"l{number}" for number in range(20)]), st.integers(0, 50)),
)


def score(one: Candidate, other: Listing, market: Market | None = None, weights: Weights = WEIGHTS) -> float:
    found = match(one, one.interests, other, market or Market([other]), weights)
    return found.score if found else 0.0


def crowding(market: Market, id: str, weights: Weights = WEIGHTS) -> float:
    return market.crowding(id, expected_rivals(market, weights))


def by_the_book(
    one: Candidate, other: Listing, world: list[Listing], candidate_counts: CandidateCounts, weights: Weights
) -> float:
    """The formula as the module's text gives it, written down once more without the module's functions."""
    asking = {key: sum(key in each.requested_terms for each in world) for key in other.requested_terms}
    kinds = {ask.kind for ask in other.requested_terms.values()}
    content = weights.skill + weights.topic + weights.research
    stated = sum(getattr(weights, kind) for kind in kinds)

    def rarity(among: int) -> float:
        return log(1 + len(world) / among) / log(1 + len(world))

    def share(key: str) -> float:
        def counts(other_key: str) -> float:
            return other.requested_terms[other_key].weight * rarity(asking[other_key])

        return counts(key) / sum(
            counts(each) for each in other.requested_terms if other.requested_terms[each].kind == other.requested_terms[key].kind
        )

    common = [key for key in other.requested_terms if key in one.interests and one.interests[key].mastery]
    fits = {key: min(1, one.interests[key].mastery / other.requested_terms[key].suffices) for key in common}
    q = sum(
        getattr(weights, other.requested_terms[key].kind) * content / stated * share(key) * rarity(asking[key]) * fits[key]
        for key in common
    )
    served = sum(one.interests[key].mastery * rarity(asking[key]) for key in common)
    strongest = sum(sorted((each.mastery for each in one.interests.values()), reverse=True)[:10])
    p = content * min(1, served / strongest) if served else 0
    e = 0.0
    for key in common:
        if other.requested_terms[key].kind == "skill" and candidate_counts.candidates:
            demand = asking[key] / len(world)
            held = candidate_counts.held.get(key, 0) / candidate_counts.candidates
            e += weights.demand * share(key) * fits[key] * max(0, 1 - 2 * held / demand) * (one.interests[key].mastery >= 0.5)
    known = one.words({})
    alike = [
        known[word] * other.words[word].weight * rarity(among)
        for word in known
        if word in other.words and (among := sum(word in each.words for each in world)) <= 10
    ]
    if alike:
        e += weights.similarity * min(1, sum(alike))
    has_met = any(person in one.met for person in other.mentor_ids)
    e += weights.met * has_met
    if one.discipline and other.disciplines:
        e += weights.discipline * (
            (one.discipline not in other.disciplines) if other.crossing else one.discipline in other.disciplines
        )
    shared = one.conference_ids.intersection(other.conference_ids)
    hosting = [sum(id in each.conference_ids for each in world) for id in shared]
    e += weights.conference * max((log(len(world) / among) / log(1 + len(world)) for among in hosting), default=0)
    a, b = p + e, q + e
    if not (common or has_met or alike) or not a or not b:
        return 0
    return min(1.0, float(2 * a * b / (a + b) * (1 - crowding(Market(world, candidate_counts), other.id, weights))))


@given(candidates, worlds, counts_by_shard)
@example(
    candidate(conference_ids={"c1"}, interests={"a": interest()}), [listing("l1", "a", conference_ids=["c1"])], CandidateCounts()
)
def test_the_score_is_what_the_formula_says_and_its_reasons_add_up_to_it(
    one: Candidate, world: list[Listing], candidate_counts: CandidateCounts
) -> None:
    for other in world:
        found = match(one, one.interests, other, Market(world, candidate_counts), WEIGHTS, words=one.words({}))
        expected = by_the_book(one, other, world, candidate_counts, WEIGHTS)
        if found is None:
            assert expected == pytest.approx(0)
            continue
        assert found.score == pytest.approx(expected)
        assert sum(reason.contribution for reason in found.reasons) == pytest.approx(found.score)
        assert 0 < found.score <= 1
        assert [reason.contribution for reason in found.reasons] == sorted((r.contribution for r in found.reasons), reverse=True)


@given(candidates, listings, st.sampled_from(KEYS), st.integers(1, 4))
def test_a_higher_level_never_lowers_what_the_listing_gets(one: Candidate, other: Listing, key: str, level: int) -> None:
    """One skill is all that they have in common and all that is asked: the better it is mastered, the better the match."""
    other.requested_terms = {key: RequestedTerm("skill", key)}
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
    world = [listing(f"l{number}", "common", *(["rare"] if number == 0 else [])) for number in range(10)]
    market = Market(world)
    knows_rare, knows_common = (candidate(interests={key: interest("s1")}) for key in ("rare", "common"))
    assert score(knows_rare, world[0], market) > score(knows_common, world[0], market)


def test_weight_and_level_of_a_requirement_count() -> None:
    knows = candidate(interests={"a": interest(declared=True, level=2)})
    requested_terms = {"a": RequestedTerm("skill", "a"), "b": RequestedTerm("skill", "b")}
    plain = score(knows, listing(requested_terms=requested_terms))
    assert score(knows, listing(requested_terms=requested_terms | {"a": RequestedTerm("skill", "a", weight=3)})) > plain
    assert score(knows, listing(requested_terms=requested_terms | {"a": RequestedTerm("skill", "a", suffices=0.55)})) > plain


def test_a_skill_that_is_asked_for_and_rarely_held_counts_as_demand() -> None:
    world = [listing("l1", "a"), listing("l2", "b")]
    candidate_counts = CandidateCounts(candidates=100, held={"a": 20, "b": 1})
    demand = {}
    for key, other in (("a", world[0]), ("b", world[1])):
        found = match(candidate(), {key: interest("s1")}, other, Market(world, candidate_counts), WEIGHTS)
        assert found
        demand[key] = next(reason.contribution for reason in found.reasons if reason.kind == "demand")
    assert demand["b"] > demand["a"] > 0


@pytest.mark.parametrize(("held", "scarce"), [(0, True), (24, True), (25, False), (26, False), (100, False)])
def test_a_skill_that_half_as_many_have_as_ask_for_it_is_no_reason_of_demand(held: int, scarce: bool) -> None:
    """Else everybody at a conference on Python would be told that Python is rarely held."""
    world = [listing("l1", "a"), listing("l2", "b")]
    market = Market(world, CandidateCounts(candidates=100, held={"a": held}))
    found = match(candidate(), {"a": interest("s1")}, world[0], market, WEIGHTS)
    assert found
    assert ("demand" in {reason.kind for reason in found.reasons}) is scarce


def test_nobody_counted_means_no_demand() -> None:
    found = match(candidate(), {"a": interest("s1")}, listing("l1", "a"), Market([listing("l1", "a")]), WEIGHTS)
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
    found = match(one, one.interests, listing("l1", "a", disciplines=["ict"], crossing=crossing), Market(), WEIGHTS)
    assert found
    assert ("discipline" in {reason.kind for reason in found.reasons}) is counts


def test_discipline_and_conference_alone_make_no_match_but_a_meeting_does() -> None:
    fields: Mapping[str, object] = {"conference_ids": ["c1"], "disciplines": ["ict"], "mentor_ids": ["m1"]}
    one = candidate(conference_ids={"c1"}, discipline="ict")
    assert match(one, {}, listing("l1", **fields), Market(), WEIGHTS) is None
    one.met = {"m1": "c1"}
    world = [listing("l1", **fields), listing("l2")]
    found = match(one, {}, world[0], Market(world), WEIGHTS)
    assert found
    assert {reason.kind for reason in found.reasons} == {"met", "discipline", "conference"}
    assert found.reasons[0].person_id == "m1"
    found = match(one, {}, world[0], Market(world[:1]), WEIGHTS)
    assert found
    assert {reason.kind for reason in found.reasons} == {"met", "discipline"}, "a conference of all listings says nothing"


def test_an_empty_profile_and_a_listing_that_asks_for_nothing_match_nothing() -> None:
    assert match(candidate(), {}, listing("l1", "a"), Market(), WEIGHTS) is None
    assert match(candidate(), {"a": interest("s1")}, listing("l1"), Market(), WEIGHTS) is None


def test_a_crowded_listing_loses_a_bounded_part_of_its_score_for_whoever_looks() -> None:
    world = [listing("l1", "a"), listing("l2", "a"), listing("l3", "a", seats=100)]
    market = Market(world, CandidateCounts(candidates=10, held={}, shown={"l1": 99, "l2": 1, "l3": 2}))
    one = candidate(interests={"a": interest("s1")})
    scores = [score(one, other, market) for other in world]
    assert scores[0] < scores[1] == pytest.approx(scores[2] * (1 - crowding(market, "l2")) / (1 - crowding(market, "l3")))
    assert 0 < crowding(market, "l1") < MAX_CROWDING
    found = match(one, one.interests, world[0], market, WEIGHTS)
    assert found
    assert found.crowding == crowding(market, "l1")


def test_a_listing_that_few_lists_have_gains_a_bounded_part_and_its_match_shows_no_loss() -> None:
    world = [listing(f"l{number}", f"t{number}") for number in range(4)]
    market = Market(world, CandidateCounts(candidates=10, held={}, shown={"l1": 2, "l2": 4, "l3": 10}))  # four are fair
    assert [round(crowding(market, one.id), 3) for one in world] == [-MAX_BONUS, -MAX_BONUS / 2, 0.0, MAX_CROWDING * 0.6]
    one = candidate(met={"m1": "c1"})
    world[0].mentor_ids.append("m1")
    found = match(one, {}, world[0], market, WEIGHTS)
    assert found
    assert found.crowding == 0
    assert found.score == pytest.approx((1 + MAX_BONUS) * WEIGHTS.met)


def test_before_the_first_count_a_listing_loses_by_how_many_are_expected_to_have_what_it_asks_for() -> None:
    world = [listing("l0", "rare"), *(listing(f"l{number}", "common") for number in range(1, 9)), listing("l9")]
    market = Market(world)
    assert crowding(market, "l0") == crowding(market, "l9") == 0
    assert 0 < crowding(market, "l1") < MAX_EXPECTED
    seats = Market([replace(one, seats=9) if one.id == "l1" else one for one in world])
    assert crowding(seats, "l1") == 0 < crowding(seats, "l2"), "by its seats"


def test_what_somebody_cares_for_is_measured_by_their_ten_strongest_interests() -> None:
    """Whoever knows a hundred things is as well served by ten of them as somebody who knows just these."""
    ten = {f"t{number}": interest("s1") for number in range(10)}
    more = {f"u{number}": interest("s1") for number in range(90)}
    wants_ten, wants_all = listing("l1", *ten), listing("l2", *ten, *more)
    expert, polymath = candidate(interests=ten), candidate(interests=ten | more)
    assert score(polymath, wants_ten) == pytest.approx(score(expert, wants_ten))
    eleven = candidate(interests=ten | {"u0": interest("s1")})
    assert score(eleven, wants_ten) == pytest.approx(score(expert, wants_ten))
    nine = listing("l3", *list(ten)[:9])
    assert score(expert, nine) < score(expert, listing("l4", *ten))
    # More than ten in common serve no better than ten, and so no part exceeds its weight.
    assert score(polymath, wants_all) == pytest.approx(score(expert, wants_ten))


def test_of_several_mentors_met_and_conferences_the_same_one_is_always_named() -> None:
    one = candidate(met={"m2": "c2", "m1": ""}, conference_ids={"c1", "c2"})
    other = listing("l1", mentor_ids=["m2", "m1"], conference_ids=["c2", "c1"])
    found = match(one, {}, other, Market([other, listing("l2")]), WEIGHTS)
    assert found
    reasons = {reason.kind: reason for reason in found.reasons}
    assert (reasons["met"].person_id, reasons["met"].conference_id) == ("m1", None), "an older version kept no conference"
    assert reasons["conference"].conference_id == "c1"


def test_a_reason_names_its_evidence_and_reasons_that_count_the_same_have_an_order() -> None:
    one = candidate(interests={"a": interest("s2", "s1"), "b": interest("s1", "s2"), "c": interest(declared=True)})
    requested_terms = {"b": RequestedTerm("skill", "B"), "a": RequestedTerm("skill", "A"), "c": RequestedTerm("skill", "C")}
    other = listing("l1", requested_terms=requested_terms, url="https://example.org/l1")
    found = match(one, one.interests, other, Market(), WEIGHTS)
    assert found
    told = [(reason.term, reason.session_id, reason.session_title, reason.declared) for reason in found.reasons]
    assert told == [("A", "s2", "About s2", False), ("B", "s1", "About s1", False), ("C", None, None, True)]
    assert {reason.conference_id for reason in found.reasons} == {"c1", None}
    assert (found.listing_id, found.title, found.organization, found.url) == (
        "l1",
        "Title of l1",
        "Org",
        "https://example.org/l1",
    )


@given(candidates, worlds, counts_by_shard)
def test_a_nomination_is_a_reason_of_its_own_within_a_score_of_at_most_1(
    one: Candidate, world: list[Listing], candidate_counts: CandidateCounts
) -> None:
    market, other = Market(world, candidate_counts), world[0]
    uncrowded = 1 - crowding(market, other.id)
    found = match(one, one.interests, other, market, WEIGHTS, nominated=True)
    assert found
    (nomination,) = [reason for reason in found.reasons if reason.kind == "nomination"]
    assert nomination.term == other.kind
    assert found.score == pytest.approx(sum(reason.contribution for reason in found.reasons))
    assert 0 < found.score <= uncrowded + 1e-9
    plain = match(one, one.interests, other, market, WEIGHTS)
    assert found.score >= uncrowded * NOMINATION + (1 - NOMINATION) * (plain.score if plain else 0) - 1e-9
    others = sorted((reason.kind, reason.term or "") for reason in found.reasons if reason != nomination)
    assert plain is None or others == sorted((reason.kind, reason.term or "") for reason in plain.reasons)


def test_a_nomination_alone_is_a_match() -> None:
    other = listing("l1", kind="leadership")
    assert match(candidate(), {}, other, Market([other]), WEIGHTS) is None
    found = match(candidate(), {}, other, Market([other]), WEIGHTS, nominated=True)
    assert found
    assert found.score == pytest.approx(NOMINATION)
    assert [(reason.kind, reason.term) for reason in found.reasons] == [("nomination", "leadership")]


def test_a_perfect_match_that_is_nominated_scores_1_and_no_more() -> None:
    other = listing(
        "l1",
        kind="leadership",
        requested_terms={key: RequestedTerm(kind, key) for key, kind in zip(("a", "b", "c"), KINDS, strict=True)},
        mentor_ids=["m1"],
        conference_ids=["c1"],
        disciplines=["ict"],
    )
    strong = {key: interest(level=5) for key in ("a", "b", "c")}
    one = candidate(interests=strong, met={"m1": "c1"}, conference_ids={"c1"}, discipline="ict")
    scarce = CandidateCounts(candidates=1000, held={"a": 1})
    without = match(one, strong, other, Market([other], scarce), WEIGHTS)
    found = match(one, strong, other, Market([other], scarce), WEIGHTS, nominated=True)
    assert without
    assert found
    assert without.score < found.score <= 1
    by_kind = {reason.kind: reason.contribution for reason in found.reasons}
    assert by_kind["nomination"] == pytest.approx(NOMINATION, rel=0.01)
    assert by_kind["met"] == pytest.approx((1 - NOMINATION) * WEIGHTS.met, rel=0.01)


def test_what_is_weak_beside_the_best_is_not_recommended() -> None:
    assert least_beside(100_000) == 80_000
    assert least_beside(500_001) == 150_001
