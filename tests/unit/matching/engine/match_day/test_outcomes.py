"""Why each applicant has what they have."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings

from matching.engine.match_day import Applicant, ChoiceResults, Host, blocking_pairs, match
from shared.contract.events.matching import Choice
from support.match_day import rounds


def outcomes(applicants: list[Applicant], hosts: list[Host]) -> ChoiceResults:
    return ChoiceResults(applicants, hosts, match(applicants, hosts))


def test_each_choice_has_its_reason() -> None:
    applicants = [
        Applicant("ada", ("lab", "field", "office", "gone"), "biology"),
        Applicant("bob", ("lab", "field", "office"), "biology"),
        Applicant("cyd", ("field", "lab"), "physics"),
        Applicant("dan", ("lab", "closed", "field")),
    ]
    hosts = [
        Host("lab", 1, ("ada", "cyd", "bob", "dan")),
        Host("field", 2, ("bob", "cyd"), {"biology": 0}),
        Host("office", 9, ("bob", "ada")),
        Host("closed", 0, ("dan",)),
    ]
    why = outcomes(applicants, hosts)
    assert why.of("ada") == [("lab", "matched"), ("field", "not_needed"), ("office", "not_needed"), ("gone", "withdrawn")]
    assert why.of("bob") == [("lab", "filled"), ("field", "discipline_full"), ("office", "matched")]
    assert why.of("cyd") == [("field", "matched"), ("lab", "not_needed")]
    assert why.of("dan") == [("lab", "filled"), ("closed", "filled"), ("field", "not_ranked")]
    with pytest.raises(KeyError):
        why.of("eve")


def test_what_the_service_knows_of_a_listing_goes_first() -> None:
    applicants = [Applicant("ada", ("left", "lab", "lost")), Applicant("bob", ("lab",))]
    why = outcomes(applicants, [Host("lab", 1, ("ada", "bob")), Host("left", 1, ())])
    known = {"left": "ineligible", "lost": "withdrawn", "lab": "withdrawn"}
    assert why.of("ada", known) == [("left", "ineligible"), ("lab", "matched"), ("lost", "withdrawn")]
    assert why.of("bob", known) == [("lab", "withdrawn")]


def test_a_full_listing_is_filled_even_if_the_cap_was_reached_too() -> None:
    applicants = [Applicant(id, ("lab",), discipline) for id, discipline in [("a", "x"), ("b", "y"), ("c", "x"), ("d", "x")]]
    why = outcomes(applicants, [Host("lab", 2, ("a", "d", "b", "c"), {"x": 1})])
    # d comes to its turn while a seat is left, c when none is.
    assert why.of("d") == [("lab", "discipline_full")]
    assert why.of("c") == [("lab", "filled")]


@given(rounds())
@settings(max_examples=200)
def test_a_reason_tells_what_to_change(one: tuple[list[Applicant], list[Host]]) -> None:
    """With one seat more who was refused for seats gets in, and with a wider cap who was refused for their discipline."""
    applicants, hosts = one
    result = match(applicants, hosts)
    now = [replace(host, seats=result.capacities[host.id], reverts_to=None) for host in hosts]
    why = ChoiceResults(applicants, hosts, result)
    for applicant in applicants:
        for listing, word in why.of(applicant.id):
            for host in now:
                if host.id != listing or word not in ("filled", "discipline_full"):
                    continue
                open_to_all = replace(host, seats=result.capacities[host.id], caps={})
                more_seats = replace(host, seats=1000)
                blocked = {
                    name: (applicant.id, listing)
                    in blocking_pairs(
                        applicants,
                        [changed if other.id == listing else other for other in now],
                        replace(result, capacities=result.capacities | {listing: changed.seats}),
                    )
                    for name, changed in (("caps", open_to_all), ("seats", more_seats))
                }
                if word == "discipline_full":
                    assert blocked["caps"]
                    assert not blocked["seats"]
                else:
                    assert not blocked["caps"]


def test_the_words_are_the_contracts() -> None:
    told = Choice.model_fields["result"].description or ""
    assert all(f"`{word}`" in told for word in ("matched", "not_needed", "filled", "discipline_full", "not_ranked", "withdrawn"))
    assert not get_args(Choice.model_fields["result"].annotation)
