"""Couples: seats together come first, everybody else stays stable, and the check agrees with an exhaustive search."""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings

from matching.engine.match_day import (
    NO_LIMITS,
    Applicant,
    Assignment,
    ChoiceResults,
    Couple,
    Host,
    blocking_pairs,
    dissatisfied_couples,
    match,
    match_couples,
)
from matching.engine.match_day.dissatisfied_couples import are_together
from support.match_day import Seats, choice, limited_rounds

Market = tuple[list[Applicant], list[Host], list[Couple]]
TOWNS = {"h0": "Prague", "h1": "Prague", "h2": "Brno", "h3": "Brno"}


def market(random: Random) -> Market:
    """Six applicants of whom four are couples, and four listings in two towns. Couples want the same town."""
    ids = [f"a{number}" for number in range(6)]
    people = [Applicant(id, tuple(random.sample(sorted(TOWNS), random.randint(1, 4)))) for id in ids]
    hosts = [Host(id, random.randint(1, 2), tuple(random.sample(ids, random.randint(3, 6)))) for id in TOWNS]
    return people, hosts, [couple(people[0], people[1]), couple(people[2], people[3])]


def couple(one: Applicant, other: Applicant) -> Couple:
    pairs = [(mine, theirs) for mine in one.ranking for theirs in other.ranking if TOWNS[mine] == TOWNS[theirs]]
    pairs.sort(key=lambda pair: one.ranking.index(pair[0]) + other.ranking.index(pair[1]))
    return Couple((one.id, other.id), tuple(pairs))


def claims(its: Couple, pair: tuple[str, str], people: dict[str, Applicant], hosts: dict[str, Host], seats: Seats) -> bool:
    """Whether each listing of the pair, by definition, chooses the couple beside whom else it has."""
    for listing in pair:
        asking = {one for one, at in zip(its.members, pair, strict=True) if at == listing}
        others = {id for id, seat in seats.items() if seat == listing and id not in its.members}
        chosen = {one.id for one in choice(hosts[listing], [people[id] for id in others | asking])}
        if not asking <= chosen:
            return False
    return True


def wants(its: Couple, seats: Seats) -> tuple[tuple[str, str], ...]:
    """The pairs that the couple would rather have."""
    has = tuple(seats[id] for id in its.members)
    return its.pairs[: its.pairs.index(has)] if has in its.pairs else its.pairs


def everything(people: list[Applicant], hosts: list[Host]) -> Iterator[Seats]:
    """All assignments within seats in which each side ranks the other."""
    by_id = {host.id: host for host in hosts}
    for seats in product(*([None, *(id for id in one.ranking if one.id in by_id[id].ranking)] for one in people)):
        taken = Counter(seat for seat in seats if seat)
        if all(taken[id] <= by_id[id].seats for id in taken):
            yield dict(zip([one.id for one in people], seats, strict=True))


def together(couples: list[Couple], seats: Seats) -> set[str]:
    return {id for one in couples if are_together(one, seats) for id in one.members}


def faults(people: list[Applicant], hosts: list[Host], couples: list[Couple], result: Assignment) -> tuple[int, int]:
    """How many pairs of an applicant and a listing prefer each other, and how many couples have a claim to other seats."""
    blocking = blocking_pairs(people, hosts, result, NO_LIMITS, together(couples, result.seats))
    return len(blocking), len(dissatisfied_couples(people, hosts, couples, result))


def test_a_couple_goes_together_even_if_one_of_them_could_have_had_a_better_seat_alone() -> None:
    ada, ben = Applicant("ada", ("h0", "h2")), Applicant("ben", ("h3",))
    hosts = [Host(id, 1, ("ada", "ben")) for id in TOWNS]
    result = match_couples([ada, ben], hosts, [couple(ada, ben)])
    assert result.seats == {"ada": "h2", "ben": "h3"}
    results = dict(ChoiceResults([ada, ben], hosts, result).of("ada"))
    assert results == {"h0": "not_together", "h2": "matched"}


def test_both_may_go_to_the_same_listing_if_it_has_two_seats_for_them() -> None:
    ada, ben = Applicant("ada", ("h0",)), Applicant("ben", ("h0",))
    for seats, expected in ((2, "h0"), (1, None)):
        hosts = [Host("h0", seats, ("ada", "ben"))]
        assert match_couples([ada, ben], hosts, [couple(ada, ben)]).seats == {"ada": "h0", "ben": expected}


def test_a_couple_without_seats_together_takes_part_alone() -> None:
    ada, ben, cyd = Applicant("ada", ("h0", "h2")), Applicant("ben", ("h3",)), Applicant("cyd", ("h3",))
    hosts = [Host("h0", 1, ("ada",)), Host("h2", 1, ("ada",)), Host("h3", 1, ("cyd", "ben"))]
    result = match_couples([ada, ben, cyd], hosts, [couple(ada, ben)])
    assert result == match([ada, ben, cyd], hosts)
    assert result.seats == {"ada": "h0", "ben": None, "cyd": "h3"}


@given(limited_rounds())
@settings(max_examples=50)
def test_without_couples_it_is_the_same_match(one: tuple[list[Applicant], list[Host], dict[str, int]]) -> None:
    assert match_couples(*one[:2], [], one[2]) == match(*one)


@pytest.mark.parametrize("seed", range(40))
def test_the_check_finds_whom_an_exhaustive_search_finds(seed: int) -> None:
    people, hosts, couples = market(Random(seed))
    by_id, listings = {one.id: one for one in people}, {host.id: host for host in hosts}
    capacities = {host.id: host.seats for host in hosts}
    for number, seats in enumerate(everything(people, hosts)):
        if number % 97 == 0:
            expected = [one for one in couples if any(claims(one, pair, by_id, listings, seats) for pair in wants(one, seats))]
            found = dissatisfied_couples(people, hosts, couples, Assignment(seats, capacities))
            assert [one for one, _ in found] == expected


@pytest.mark.parametrize("seed", range(40))
def test_it_is_stable_if_anything_is_and_always_for_those_in_no_couple(seed: int) -> None:
    people, hosts, couples = market(Random(seed))
    result = match_couples(people, hosts, couples)
    blocking, dissatisfied = faults(people, hosts, couples, result)
    assert blocking == 0
    capacities = {host.id: host.seats for host in hosts}
    every = (Assignment(seats, capacities) for seats in everything(people, hosts))
    assert (dissatisfied == 0) == any(faults(people, hosts, couples, one) == (0, 0) for one in every)


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_applicants_and_listings_does_not_matter(seed: int) -> None:
    random = Random(seed)
    people, hosts, couples = market(random)
    expected = match_couples(people, hosts, couples)
    random.shuffle(people)
    random.shuffle(hosts)
    assert match_couples(people, hosts, couples) == expected


def test_nobody_is_in_two_couples() -> None:
    ada, ben = Applicant("ada", ("h0",)), Applicant("ben", ("h0",))
    hosts = [Host("h0", 2, ("ada", "ben"))]
    with pytest.raises(ValueError, match="two couples"):
        match_couples([ada, ben], hosts, [couple(ada, ben), couple(ben, ada)])
