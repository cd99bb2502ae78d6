"""Reserves: minimums for disciplines beside caps (Hafalir, Yenmez & Yildirim 2013)."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.match_day import Applicant, Assignment, ChoiceResults, Host, blocking_pairs, match
from support.match_day import Seats, choice, rank, rounds, small_round, stable_matchings, textbook

Round = tuple[list[Applicant], list[Host]]

PEOPLE = [
    Applicant(id, ("lab",), discipline) for id, discipline in zip("abcde", ["ict", "ict", "ict", "law", "arts"], strict=True)
]


def seated(**rules: object) -> str:
    """Who gets the lab's seats, and a capital letter for who would have got one but for a reserve."""
    hosts = [Host("lab", ranking=tuple("abcde"), **{"seats": 2} | rules)]  # type: ignore[arg-type]
    result = match(PEOPLE, hosts)
    why = ChoiceResults(PEOPLE, hosts, result)
    words = {one.id: why.of(one.id)[0][1] for one in PEOPLE}
    return "".join(id if word == "matched" else id.upper() for id, word in words.items() if word in ("matched", "reserved"))


def test_the_best_of_a_discipline_come_first_up_to_its_reserve() -> None:
    assert seated() == "ab"
    assert seated(reserves={"law": 1}) == "aBCd"
    assert seated(reserves={"law": 2}) == "aBCd", "there is only one, and the other seat is not lost"
    assert seated(reserves={"law": 1, "arts": 1}) == "ABCde"
    assert seated(reserves={"ict": 2}) == "ab"
    assert seated(reserves={"history": 2}) == "ab"
    assert seated(seats=3, caps={"ict": 1}, reserves={"law": 1, "arts": 1}) == "ade"
    assert seated(seats=4, caps={"ict": 2}, reserves={"arts": 1}) == "abde"


def test_reserves_larger_than_the_seats_go_to_those_ranked_highest_within_them() -> None:
    assert seated(seats=1, reserves={"law": 1, "arts": 1}) == "ABCd"
    assert seated(reserves={"ict": 1, "law": 1, "arts": 1}) == "aBCd"
    assert seated(seats=0, reserves={"law": 1}) == ""


def test_who_lost_a_draw_for_the_seats_that_reserves_left_is_told_so() -> None:
    hosts = [Host("lab", 2, tuple("abcde"), ranks=(1, 1, 2, 3, 3), reserves={"law": 1})]
    why = ChoiceResults(PEOPLE, hosts, match(PEOPLE, hosts))
    assert [why.of(id)[0][1] for id in "abcde"] == ["matched", "reserved_by_lot", "reserved", "matched", "reserved"]


@pytest.mark.parametrize("seed", range(60))
def test_applicants_get_the_best_that_any_stable_assignment_gives_them(seed: int) -> None:
    """By exhaustive search with the definition of the choice alone."""
    applicants, hosts = small_round(Random(seed))
    result = match(applicants, hosts).seats
    stable = list(stable_matchings(applicants, hosts))
    assert result in stable
    assert result == textbook(applicants, hosts)
    assert all(rank(one, result[one.id]) <= rank(one, seats[one.id]) for seats in stable for one in applicants)


@given(rounds(applicants=12, hosts=3))
@settings(max_examples=100)
def test_a_reserve_lacks_people_only_if_no_more_want_a_seat_and_are_ranked(one: Round) -> None:
    applicants, hosts = one
    result = match(applicants, hosts)
    for host in hosts:
        has = [applicant for applicant in applicants if result.seats[applicant.id] == host.id]
        for discipline, least in host.reserves.items():
            its = sum(applicant.discipline == discipline for applicant in has)
            protected = all(
                sum(each.discipline == other.discipline for each in has) <= host.reserves.get(other.discipline or "", 0)
                for other in has
            )
            if its < least and not (protected and len(has) == result.capacities[host.id]):
                assert not any(
                    applicant.discipline == discipline
                    and applicant.id in host.ranking
                    and host.id in applicant.ranking
                    and rank(applicant, host.id) < rank(applicant, result.seats[applicant.id])
                    for applicant in applicants
                )


@given(rounds(applicants=10, hosts=1), st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_a_choice_of_more_rejects_whom_it_rejected_and_never_takes_fewer(one: Round, random: Random) -> None:
    """What stability, the best result for applicants and safe honest rankings follow from (Hatfield & Milgrom 2005)."""
    applicants, hosts = one
    for host in hosts:
        fewer = [applicant for applicant in applicants if random.random() < 0.5]
        rejected = [applicant for applicant in fewer if applicant not in choice(host, fewer)]
        assert not any(applicant in choice(host, applicants) for applicant in rejected)
        assert len(choice(host, fewer)) <= len(choice(host, applicants))


@given(rounds(reversion=False))
@settings(max_examples=100)
def test_reserves_for_nobody_change_nothing(one: Round) -> None:
    applicants, hosts = one
    without = [replace(host, reserves={}) for host in hosts]
    for reserves in ({"unheard of": 3}, {"biology": 0}):
        assert match(applicants, [replace(host, reserves=reserves) for host in hosts]) == match(applicants, without)


def test_a_planted_fault_is_found() -> None:
    host = Host("lab", 2, tuple("abcde"), {"ict": 1}, reserves={"law": 1})
    seats: Seats = dict.fromkeys("abcde")

    def pairs(**given_seats: str) -> list[tuple[str, str]]:
        return blocking_pairs(PEOPLE, [host], Assignment({**seats, **given_seats}, {"lab": 2}))

    assert pairs(a="lab", d="lab") == []
    assert pairs(a="lab", e="lab") == [("d", "lab")]
    assert pairs(b="lab", d="lab") == [("a", "lab")]
    assert pairs(d="lab") == [(id, "lab") for id in "abce"]
    with pytest.raises(ValueError, match="more of a discipline than its cap"):
        pairs(a="lab", b="lab")
    with pytest.raises(ValueError, match="more than its 2 seats"):
        pairs(a="lab", d="lab", e="lab")
    with pytest.raises(ValueError, match="a seat for 1 whom it did not rank"):
        blocking_pairs(PEOPLE, [replace(host, ranking=("a",))], Assignment(seats | {"d": "lab"}, {"lab": 2}))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"reserves": {"law": -1}}, "the reserve for 'law' must be a whole number"),
        ({"reserves": {"law": 2}, "caps": {"law": 1}}, "the reserve for 'law' is above its cap"),
        ({"reserves": {"law": 1}, "limit": "x"}, "under a limit, so it can have no reserves"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Host("lab", 1, (), **wrong)  # type: ignore[arg-type]
