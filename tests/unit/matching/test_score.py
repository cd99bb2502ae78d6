"""The score of a candidate and an opening, and the list of best matches."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from matching.domain.recommendations import BEST, LEAST_SCORE, WEIGHTS, Candidate, Catalogue, Opening, says_the_same, strength
from shared.events.registration import AttendeeProfiled, Encounter, Evidence, Interest

NOW = datetime(2024, 7, 20, tzinfo=UTC)


def interest(term: str, *sessions: str, kind: str = "skill", declared: bool = False) -> Interest:
    evidence = [Evidence(conference_id="c1", session_id=session, title=f"About {session}") for session in sessions]
    return Interest(kind=kind, term=term, declared=declared, evidence=evidence)


def candidate(*interests: Interest, met: tuple[str, ...] = (), conferences: tuple[str, ...] = ()) -> Candidate:
    one = Candidate("a1", shard=0)
    encounters = [Encounter(person_id=person, conference_id="c1") for person in met]
    one.adopt(
        AttendeeProfiled(attendee_id="a1", version=1, conference_ids=list(conferences), interests=list(interests), met=encounters)
    )
    return one


def opening(id: str = "l1", skills: tuple[str, ...] = (), **fields: object) -> Opening:
    return Opening(id=id, version=1, open=True, title=id, organization="Org", skills=list(skills), **fields)  # type: ignore[arg-type]


def test_more_sessions_and_a_declaration_make_an_interest_surer_but_never_certain() -> None:
    sure = [
        strength(one)
        for one in (
            interest("x", "s1"),
            interest("x", "s1", "s2"),
            interest("x", declared=True),
            interest("x", "s1", declared=True),
        )
    ]
    assert sure == [0.5, 0.75, 0.75, 0.875]


def test_the_reasons_of_a_match_add_up_to_its_score() -> None:
    random = Random(7)
    terms = [f"t{number}" for number in range(30)]
    openings = [
        opening(
            f"l{number}",
            tuple(random.sample(terms, 4)),
            topics=random.sample(terms, 3),
            mentor_ids=random.sample(["m1", "m2", "m3"], 1),
            conference_ids=random.sample(["c1", "c2"], 1),
        )
        for number in range(50)
    ]
    one = candidate(
        *(interest(term, *[f"s{number}" for number in range(random.randint(1, 4))]) for term in terms[:12]),
        met=("m1",),
        conferences=("c1",),
    )
    matches = Catalogue(openings).best_matches(one, NOW)
    assert len(matches) == BEST
    for match in matches:
        assert match.score == pytest.approx(sum(reason.contribution for reason in match.reasons))
        assert LEAST_SCORE <= match.score <= 1
        for kind, most in WEIGHTS.items():
            assert sum(reason.contribution for reason in match.reasons if reason.kind == kind) <= most + 1e-9
    assert [match.score for match in matches] == sorted((match.score for match in matches), reverse=True)


def test_the_best_ten_are_the_ten_best_of_a_full_comparison() -> None:
    random = Random(3)
    terms = [f"t{number}" for number in range(40)]
    openings = [opening(f"l{number:03}", tuple(random.sample(terms, random.randint(1, 6)))) for number in range(200)]
    catalogue = Catalogue(openings)
    one = candidate(*(interest(term, "s1") for term in random.sample(terms, 10)))
    every = sorted((catalogue.match(one, each.id) for each in openings), key=lambda match: (-match.score, match.listing_id))
    assert [match.listing_id for match in catalogue.best_matches(one, NOW)] == [match.listing_id for match in every[:BEST]]


def test_a_rare_skill_counts_more_than_a_common_one() -> None:
    catalogue = Catalogue([opening("l1", ("Python", "Fortran")), opening("l2", ("Python",)), opening("l3", ("Python",))])
    rare, common = candidate(interest("Fortran", "s1")), candidate(interest("Python", "s1"))
    assert catalogue.match(rare, "l1").score > catalogue.match(common, "l1").score


def test_terms_match_however_they_are_written_and_whatever_kind_the_attendee_has_them_as() -> None:
    match = Catalogue([opening(skills=("NumPy",))]).match(candidate(interest("numpy", "s1", kind="topic")), "l1")
    assert [(reason.kind, reason.term, reason.session_title) for reason in match.reasons] == [("skill", "NumPy", "About s1")]


def test_having_met_a_mentor_is_a_reason_of_its_own_but_a_common_conference_is_not() -> None:
    catalogue = Catalogue([opening("l1", mentor_ids=["m1"]), opening("l2", conference_ids=["c1"])])
    matches = catalogue.best_matches(candidate(met=("m1",), conferences=("c1",)), NOW)
    assert [(match.listing_id, [reason.kind for reason in match.reasons]) for match in matches] == [("l1", ["met"])]


def test_what_is_closed_or_past_its_deadline_is_not_recommended() -> None:
    closed = opening("l1", ("Python",))
    closed.open = False
    late = opening("l2", ("Python",), deadline=NOW)
    open_still = opening("l3", ("Python",), deadline=NOW + timedelta(seconds=1))
    matches = Catalogue([closed, late, open_still]).best_matches(candidate(interest("Python", "s1")), NOW)
    assert [match.listing_id for match in matches] == ["l3"]


def test_may_change_never_overlooks_an_opening_that_enters_or_leaves_a_list() -> None:
    random = Random(11)
    terms = [f"t{number}" for number in range(25)]
    openings = [opening(f"l{number}", tuple(random.sample(terms, 3))) for number in range(60)]
    overlooked = changed = 0
    for _ in range(200):
        one = candidate(*(interest(term, "s1") for term in random.sample(terms, 5)))
        before = Catalogue(openings)
        one.matches = before.best_matches(one, NOW)
        moved = random.choice(openings)
        after = Catalogue(
            [each for each in openings if each != moved]
            + ([opening(moved.id, tuple(random.sample(terms, 3)))] * random.randint(0, 1))
        )
        entered_or_left = {match.listing_id for match in one.matches} ^ {
            match.listing_id for match in after.best_matches(one, NOW)
        }
        changed += moved.id in entered_or_left
        overlooked += moved.id in entered_or_left and not after.may_change(one, {moved.id}, NOW)
    assert changed > 10
    assert overlooked == 0


def test_a_list_says_the_same_when_just_its_scores_moved() -> None:
    one = candidate(interest("Python", "s1"))
    before = Catalogue([opening("l1", ("Python", "Rust"))]).best_matches(one, NOW)
    after = Catalogue([opening("l1", ("Python", "Rust")), opening("l2", ("Rust",))]).best_matches(one, NOW)
    assert before[0].score != after[0].score
    assert says_the_same(before, after)
    assert not says_the_same(before, [])
