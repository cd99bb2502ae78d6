"""Reserves for disciplines, from the request to a frozen round."""

import pytest
from pydantic import ValidationError

from matching.rounds.domain.entries import AttendeeEntry, ListingEntry, quotas_left, ranked, without
from matching.rounds.domain.requests import HostRanking
from matching.rounds.domain.solution import FrozenRound, blocking, solve
from shared.contract.events.fields import Discipline

DISCIPLINES: list[Discipline | None] = ["ict", "ict", "law", "arts", "law", None]
PEOPLE = [AttendeeEntry(id, ("lab", "field"), discipline) for id, discipline in zip("abcdef", DISCIPLINES, strict=True)]
RANKS = {id: rank for rank, id in enumerate("abcdef", 1)}


def frozen(reserves: dict[str, int]) -> FrozenRound:
    lab = ListingEntry("lab", 3, caps={"law": 1}, reserves=reserves)
    return FrozenRound("spring", PEOPLE, [ranked(lab, RANKS, "spring"), ranked(ListingEntry("field", 1), RANKS, "spring")])


def test_a_reserve_is_at_most_its_cap() -> None:
    with pytest.raises(ValidationError, match="'law' must be at most its cap of 1"):
        HostRanking.model_validate({"by": "score", "caps": {"law": 1}, "reserves": {"law": 2}})
    assert HostRanking.model_validate({"by": "score", "caps": {"law": 1}, "reserves": {"law": 1, "arts": 3}})


def test_a_frozen_round_keeps_its_reserves() -> None:
    plain, mixed = solve(frozen({})), solve(frozen({"arts": 1}))
    assert [one.listing_id for one in plain.outcomes.values()] == ["lab", "lab", "lab", "field", None, None]
    assert [one.listing_id for one in mixed.outcomes.values()] == ["lab", "lab", "field", "lab", None, None]
    assert mixed.outcomes["c"].results == ("reserved", "matched")
    assert mixed.input_digest != plain.input_digest


@pytest.mark.parametrize(
    "reserves", [{}, {"law": 1}, {"arts": 1}, {"law": 1, "arts": 1}, {"ict": 2, "arts": 1}, {"ict": 3, "law": 1}]
)
@pytest.mark.parametrize("gone", PEOPLE, ids=lambda one: one.id)
def test_a_round_stays_stable_without_somebody_who_was_erased(reserves: dict[str, int], gone: AttendeeEntry) -> None:
    solution = solve(frozen(reserves))
    listings = [without(one, gone, matched=True) for one in solution.listings]
    outcomes = {id: outcome for id, outcome in solution.outcomes.items() if id != gone.id}
    after = FrozenRound("spring", [one for one in PEOPLE if one is not gone], listings)
    assert blocking(after, outcomes, after_erasure=True) == []


def test_a_reserve_holds_over_all_rounds() -> None:
    earlier = [ListingEntry("lab", 3, taken={"ict": 1, "law": 2})]
    assert quotas_left({"ict": 2, "law": 1, "arts": 1}, earlier) == {"ict": 1, "law": 0, "arts": 1}
