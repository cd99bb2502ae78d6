"""What holds for every round."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.match_day import Applicant, Assignment, Host, blocking_pairs, match
from support.match_day import blocks, choice, rank, reports, rounds, with_reversion

Round = tuple[list[Applicant], list[Host]]


@given(rounds())
@settings(max_examples=300)
def test_nobody_would_rather_have_each_other_and_nothing_is_exceeded(one: Round) -> None:
    applicants, hosts = one
    result = match(applicants, hosts)
    after = [replace(host, seats=result.capacities[host.id], reverts_to=None) for host in hosts]
    for host in after:
        matched = [applicant for applicant in applicants if result.seats[applicant.id] == host.id]
        assert len(matched) <= host.seats
        taken = Counter(applicant.discipline for applicant in matched)
        assert all(taken[discipline] <= most for discipline, most in host.caps.items())
        assert {applicant.id for applicant in matched} <= set(host.ranking)
        assert not any(blocks(applicant, host, result.seats, applicants) for applicant in applicants)
    assert blocking_pairs(applicants, hosts, result) == []


@given(rounds(reversion=False), st.data())
@settings(max_examples=300)
def test_the_finder_finds_exactly_what_the_definition_says_for_any_matching(one: Round, data: st.DataObject) -> None:
    applicants, hosts = one
    seats = dict.fromkeys([applicant.id for applicant in applicants])
    for applicant in applicants:
        for host in data.draw(st.permutations(hosts)):
            matched = [other for other in applicants if seats[other.id] == host.id]
            if host.id in applicant.ranking and len(choice(host, [*matched, applicant])) == len(matched) + 1:
                seats[applicant.id] = data.draw(st.sampled_from([host.id, None]))
    result = Assignment(seats, {host.id: host.seats for host in hosts})
    expected = [(a.id, h.id) for a in applicants for h in hosts if blocks(a, h, seats, applicants)]
    assert blocking_pairs(applicants, hosts, result) == sorted(expected)


@given(rounds(applicants=4, hosts=3, reversion=False))
@settings(max_examples=100)
def test_no_applicant_ever_gets_a_better_seat_by_another_ranking(one: Round) -> None:
    applicants, hosts = one
    honest = match(applicants, hosts).seats
    for number, applicant in enumerate(applicants):
        others = applicants[:number] + applicants[number + 1 :]
        for ranking in reports([host.id for host in hosts]):
            seat = match([*others, replace(applicant, ranking=ranking)], hosts).seats[applicant.id]
            assert seat not in applicant.ranking or rank(applicant, honest[applicant.id]) <= rank(applicant, seat)


@given(rounds())
@settings(max_examples=300)
def test_reversion_gives_unfilled_seats_alone_and_nobody_is_worse_off(one: Round) -> None:
    applicants, hosts = one
    steps = list(with_reversion(applicants, hosts))
    for (seats, before), (better, after) in pairwise(steps):
        filled = Counter(seats.values())
        assert all(after[id] >= filled[id] for id in after)
        assert all(rank(applicant, better[applicant.id]) <= rank(applicant, seats[applicant.id]) for applicant in applicants)
        assert sum(before.values()) == sum(after.values())
    result = match(applicants, hosts)
    assert (result.seats, result.capacities) == steps[-1]
    known = {host.id for host in hosts}
    assert all(
        Counter(result.seats.values())[host.id] == result.capacities[host.id] for host in hosts if host.reverts_to in known
    )


@given(rounds(), st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_the_order_of_the_input_does_not_matter(one: Round, random: Random) -> None:
    applicants, hosts = one
    result = match(applicants, hosts)
    random.shuffle(applicants)
    random.shuffle(hosts)
    again = match(applicants, [replace(host, caps=dict(reversed(list(host.caps.items())))) for host in hosts])
    assert repr(result) == repr(again)
