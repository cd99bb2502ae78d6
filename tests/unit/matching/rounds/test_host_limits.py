"""Limits over several listings of a host, in a frozen round."""

import pytest
from pydantic import ValidationError

from matching.rounds.domain.entries import AttendeeEntry, ListingEntry, ranked, with_seats_left, without
from matching.rounds.domain.requests import HostLimits
from matching.rounds.domain.solution import FrozenRound, blocking, solve

PEOPLE = [AttendeeEntry(id, ("lab", "field")) for id in ("a", "b", "c")]


def frozen(seats: int) -> FrozenRound:
    lab, field = (ListingEntry(id, 2, limit="o1/0", limit_seats=seats) for id in ("lab", "field"))
    return FrozenRound("spring", PEOPLE, [ranked(lab, {"a": 1, "b": 2}, "spring"), ranked(field, {"c": 3, "b": 1}, "spring")])


def test_a_listing_is_under_one_limit() -> None:
    with pytest.raises(ValidationError, match="lab occurs more than once"):
        HostLimits.model_validate(
            {"limits": [{"listing_ids": ["lab", "field"], "seats": 2}, {"listing_ids": ["lab"], "seats": 1}]}
        )


def test_those_ranked_highest_in_any_listing_get_its_seats() -> None:
    solution = solve(frozen(2))
    assert {id: one.listing_id for id, one in solution.outcomes.items()} == {"a": "lab", "b": "lab", "c": None}
    assert solution.outcomes["c"].results == ("not_ranked", "limit_full")
    assert solve(frozen(3)).matched == 3
    assert solve(frozen(3)).input_digest != solution.input_digest


def test_a_seat_that_an_erasure_left_stays_taken_in_the_round() -> None:
    round = frozen(2)
    solution = solve(round)
    listings = [without(one, PEOPLE[0], matched=True) for one in solution.listings]
    outcomes = {id: outcome for id, outcome in solution.outcomes.items() if id != "a"}
    after = FrozenRound("spring", PEOPLE[1:], listings)
    assert blocking(after, outcomes, after_erasure=True) == []
    assert [one.id for one in with_seats_left(listings)] == ["field", "lab"], "it is free for a later round"
    assert with_seats_left(solution.listings) == [], "the limit is reached"
