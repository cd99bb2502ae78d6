"""Limits over several listings: the student-project allocation problem (Abraham, Irving & Manlove 2007), and more."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.match_day import Applicant, Assignment, ChoiceResults, Host, Limits, blocking_pairs, match
from support.match_day import Seats, blocks_together, chosen_together, drawn_first, limited_rounds, rank, reports

Limited = tuple[list[Applicant], list[Host], Limits]


def projects(random: Random) -> Limited:
    """Five students, and four projects of two lecturers, each of whom ranks the students for all of their projects alike."""
    students = [f"s{number}" for number in range(5)]
    ids = [f"p{number}" for number in range(4)]
    lists = {lecturer: tuple(random.sample(students, random.randint(3, 5))) for lecturer in ("l0", "l1")}
    offers = [
        Host(id, random.randint(1, 2), lists[lecturer], limit=lecturer)
        for id, lecturer in zip(ids, ["l0", "l0", "l0", "l1"], strict=True)
    ]
    people = [Applicant(id, tuple(random.sample(ids, random.randint(1, 3)))) for id in students]
    return people, offers, {"l0": random.randint(1, 3), "l1": random.randint(1, 2)}


def blocks_as_published(student: Applicant, project: Host, seats: Seats, offers: list[Host], limits: Limits) -> bool:
    """Definition 1 of the paper, word by word: the lecturer's own list decides, and moving within the lecturer's projects is free."""
    lecturer = project.limit or ""
    order = project.ranking
    if student.id not in order or project.id not in student.ranking:
        return False
    if rank(student, seats[student.id]) <= rank(student, project.id):
        return False
    in_project = [id for id, seat in seats.items() if seat == project.id]
    of_lecturer = [id for id, seat in seats.items() if seat in [one.id for one in offers if one.limit == lecturer]]
    project_full, lecturer_full = len(in_project) >= project.seats, len(of_lecturer) >= limits[lecturer]
    if not project_full and not lecturer_full:
        return True
    if not project_full:
        return student.id in of_lecturer or order.index(student.id) < max(map(order.index, of_lecturer))
    return order.index(student.id) < max(map(order.index, in_project))


def valid(people: list[Applicant], offers: list[Host], limits: Limits) -> Iterator[Seats]:
    """All assignments within seats and limits in which each side ranks the other."""
    by_id = {one.id: one for one in offers}
    for given_seats in product(*([None, *(id for id in one.ranking if one.id in by_id[id].ranking)] for one in people)):
        taken = Counter(seat for seat in given_seats if seat)
        together = Counter(by_id[seat].limit for seat in given_seats if seat)
        if all(taken[id] <= by_id[id].seats for id in taken) and all(together[id] <= limits[id or ""] for id in together):
            yield dict(zip([one.id for one in people], given_seats, strict=True))


@pytest.mark.parametrize("seed", range(25))
def test_students_get_the_best_that_any_stable_assignment_of_the_paper_gives_them(seed: int) -> None:
    people, offers, limits = projects(Random(seed))
    result = match(people, offers, limits).seats
    stable = []
    for seats in valid(people, offers, limits):
        blocking = [(a.id, h.id) for a in people for h in offers if blocks_as_published(a, h, seats, offers, limits)]
        assert blocking_pairs(people, offers, Assignment(seats, {h.id: h.seats for h in offers}), limits) == sorted(blocking)
        if not blocking:
            stable.append(seats)
    assert result in stable
    assert all(rank(one, result[one.id]) <= rank(one, seats[one.id]) for seats in stable for one in people)


@given(limited_rounds())
@settings(max_examples=100)
def test_no_limit_is_exceeded_and_nobody_would_rather_have_each_other(one: Limited) -> None:
    people, hosts, limits = one
    result = match(people, hosts, limits)
    after = [replace(host, seats=result.capacities[host.id], reverts_to=None) for host in hosts]
    together = Counter(host.limit for host in hosts for seat in result.seats.values() if seat == host.id)
    assert all(together[limit] <= most for limit, most in limits.items())
    assert blocking_pairs(people, hosts, result, limits) == []
    assert not any(blocks_together(person, host, result.seats, people, after, limits) for person in people for host in after)


@given(limited_rounds(reversion=False), st.data())
@settings(max_examples=100)
def test_the_finder_finds_exactly_what_the_definition_says_for_any_assignment(one: Limited, data: st.DataObject) -> None:
    people, hosts, limits = one
    seats: Seats = dict.fromkeys([person.id for person in people])
    for person in people:
        for host in data.draw(st.permutations(hosts)):
            its = [other for other in hosts if other is host or (host.limit in limits and other.limit == host.limit)]
            held = [(other, h) for h in its for other in people if seats[other.id] == h.id and other is not person]
            most = limits.get(host.limit or "", 99)
            if host.id in person.ranking and len(chosen_together(its, most, [*held, (person, host)])) == len(held) + 1:
                seats[person.id] = data.draw(st.sampled_from([host.id, None]))
    expected = [(p.id, h.id) for p in people for h in hosts if blocks_together(p, h, seats, people, hosts, limits)]
    assert blocking_pairs(people, hosts, Assignment(seats, {h.id: h.seats for h in hosts}), limits) == sorted(expected)


@given(limited_rounds(applicants=4, hosts=3, reversion=False))
@settings(max_examples=100)
def test_no_applicant_ever_gets_a_better_seat_by_another_ranking(one: Limited) -> None:
    people, hosts, limits = one
    honest = match(people, hosts, limits).seats
    for number, person in enumerate(people):
        for ranking in reports([host.id for host in hosts]):
            told = [*people[:number], replace(person, ranking=ranking), *people[number + 1 :]]
            seat = match(told, hosts, limits).seats[person.id]
            assert seat not in person.ranking or rank(person, honest[person.id]) <= rank(person, seat)


@given(limited_rounds())
@settings(max_examples=100)
def test_limits_that_nobody_reaches_change_nothing(one: Limited) -> None:
    people, hosts, limits = one
    assert match(people, hosts, dict.fromkeys(limits, 100)) == match(people, hosts)


@given(limited_rounds())
@settings(max_examples=100)
def test_a_reason_says_whether_ranks_or_the_draw_decided(one: Limited) -> None:
    people, hosts, limits = one
    result = match(people, hosts, limits)
    now = {host.id: replace(host, seats=result.capacities[host.id], reverts_to=None) for host in hosts}
    why = ChoiceResults(people, hosts, result, limits)
    for person in people:
        lucky = [replace(other, lot=-1) if other is person else other for other in people]
        for listing, word in why.of(person.id):
            if word in ("filled", "discipline_full", "reserved", "limit_full") or word.endswith("_by_lot"):
                drawn = now | {listing: drawn_first(person, now[listing])}
                assert ((person.id, listing) in blocking_pairs(lucky, drawn.values(), result, limits)) == word.endswith("_by_lot")
                if word == "limit_full":
                    assert (person.id, listing) in blocking_pairs(lucky, drawn.values(), result, dict.fromkeys(limits, 100))


def test_a_limit_takes_those_ranked_highest_in_any_of_its_listings() -> None:
    people = [
        Applicant(id, choices, lot=lot)
        for id, choices, lot in (("a", ("x",), 2), ("b", ("x", "z"), 1), ("c", ("y",), 0), ("d", ("y",), 3))
    ]
    hosts = [Host("x", 2, ("a", "b"), limit="lab"), Host("y", 2, ("d", "c"), limit="lab"), Host("z", 1, ("b",))]
    result = match(people, hosts, {"lab": 2})
    assert result.seats == {"a": "x", "b": "z", "c": None, "d": "y"}
    why = ChoiceResults(people, hosts, result, {"lab": 2})
    assert why.of("b")[0] == ("x", "limit_full")
    three = match(people, hosts, {"lab": 3})
    assert three.seats == {"a": "x", "b": "z", "c": "y", "d": "y"}, "b and c are ranked second, and c was drawn first"
    assert ChoiceResults(people, hosts, three, {"lab": 3}).of("b")[0] == ("x", "limit_full_by_lot")
    assert match(people, hosts, {"lab": 0}).seats == {"a": None, "b": "z", "c": None, "d": None}
    with pytest.raises(ValueError, match="more than the limit 'lab'"):
        blocking_pairs(people, hosts, three, {"lab": 2})
