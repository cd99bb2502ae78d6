"""Why each applicant has what they have."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings

from matching.engine.match_day import Applicant, ChoiceResults, Host, blocking_pairs, match
from shared.contract.events.matching import Choice
from support.match_day import drawn_first, rounds


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


def test_who_lost_a_draw_is_told_so() -> None:
    applicants = [Applicant(id, ("lab",), discipline) for id, discipline in [("a", "x"), ("b", "y"), ("c", "x"), ("d", "x")]]

    def results(seats: int, caps: dict[str, int], *ranks: int) -> list[str]:
        why = outcomes(applicants, [Host("lab", seats, ("a", "b", "c", "d"), caps, ranks=ranks)])
        return [why.of(id)[0][1] for id in "abcd"]

    assert results(2, {}, 1, 1, 2, 2) == ["matched", "matched", "filled", "filled"]
    assert results(2, {}, 1, 2, 2, 3) == ["matched", "matched", "filled_by_lot", "filled"]
    assert results(1, {}, 1, 1, 1, 1) == ["matched", "filled_by_lot", "filled_by_lot", "filled_by_lot"]
    assert results(0, {}, 1, 1, 1, 1) == ["filled"] * 4
    assert results(3, {"x": 1}, 1, 1, 1, 2) == ["matched", "matched", "discipline_full_by_lot", "discipline_full"]
    # The seat for their discipline went to a higher rank: a better draw would not have helped c.
    assert results(2, {"x": 1}, 1, 2, 2, 2) == ["matched", "matched", "discipline_full", "discipline_full"]


@given(rounds())
@settings(max_examples=200)
def test_a_reason_tells_what_to_change(one: tuple[list[Applicant], list[Host]]) -> None:
    """Who lost a draw gets in as the first on their rank; who was refused for their discipline, also without caps and reserves."""
    applicants, hosts = one
    result = match(applicants, hosts)
    now = {host.id: replace(host, seats=result.capacities[host.id], reverts_to=None) for host in hosts}
    why = ChoiceResults(applicants, hosts, result)

    def gets_in(applicant: Applicant, changed: Host) -> bool:
        return (applicant.id, changed.id) in blocking_pairs(applicants, [*(now | {changed.id: changed}).values()], result)

    for applicant in applicants:
        for listing, word in why.of(applicant.id):
            if word.removesuffix("_by_lot") not in ("filled", "discipline_full", "reserved"):
                continue
            as_first = drawn_first(applicant, now[listing])
            assert gets_in(applicant, as_first) == word.endswith("_by_lot")
            host = now[listing] if word.endswith("_by_lot") else as_first
            assert gets_in(applicant, replace(host, caps={}, reserves={})) == (not word.startswith("filled"))
            assert gets_in(applicant, replace(host, reserves={})) == word.startswith("reserved")


def test_the_words_are_the_contracts() -> None:
    told = Choice.model_fields["result"].description or ""
    assert all(f"`{word}`" in told for word in ("matched", "not_needed", "filled", "discipline_full", "not_ranked", "withdrawn"))
    assert not get_args(Choice.model_fields["result"].annotation)
