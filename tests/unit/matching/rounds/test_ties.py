"""People on one rank: what a host may send, and how the seed decides."""

from typing import Any

import pytest
from pydantic import ValidationError

from matching.engine.match_day import break_ties
from matching.rounds.domain.entries import AttendeeEntry, ListingEntry, ranked, without
from matching.rounds.domain.requests import HostRanking
from matching.rounds.domain.solution import FrozenRound, solve


def test_those_in_a_tie_share_a_rank() -> None:
    ranking = HostRanking(attendee_ids=["a", "b", "c", "d", "e"], ties=[["c", "b"], ["d", "e"]])
    assert ranking.ranks() == {"a": 1, "b": 2, "c": 2, "d": 3, "e": 3}
    assert HostRanking(attendee_ids=["b", "a"]).ranks() == {"b": 1, "a": 2}
    assert HostRanking(by="score").ranks() == {}


@pytest.mark.parametrize(
    ("ties", "what"),
    [
        ([["a", "x"]], "'x' is not in attendee_ids"),
        ([["a", "b"], ["b", "c"]], "'b' is not in attendee_ids, or in two ties"),
        ([["a", "c"]], "'a' and others are apart in attendee_ids"),
        ([["a", "a"]], "a occurs more than once"),
    ],
)
def test_ties_that_cannot_be_are_refused(ties: list[list[str]], what: str) -> None:
    sent: dict[str, Any] = {"attendee_ids": ["a", "b", "c"], "ties": ties}
    with pytest.raises(ValidationError, match=what):
        HostRanking.model_validate(sent)
    with pytest.raises(ValidationError, match="is not in attendee_ids"):
        HostRanking.model_validate({"by": "score", "ties": [["a", "b"]]})


def test_the_seed_decides_between_those_on_one_rank_and_nobody_else() -> None:
    ranks = {"a": 1, "b": 2, "c": 2, "d": 2, "e": 3}
    for seed in ("spring", "autumn", "winter"):
        lab = ranked(ListingEntry("lab", 1), ranks, seed)
        drawn = break_ties(dict.fromkeys("bcd", 0.0), seed)
        assert (lab.ranking, lab.ranks) == (("a", *drawn, "e"), (1, 2, 2, 2, 3))
    untied = ranked(ListingEntry("lab", 1), {"b": 1, "a": 3}, "spring")
    assert (untied.ranking, untied.ranks) == (("b", "a"), ())


def test_one_draw_holds_for_all_listings_and_its_losers_are_told() -> None:
    people = [AttendeeEntry(id, ("lab", "field")) for id in "abc"]
    listings = [ranked(ListingEntry(id, 1), dict.fromkeys("abc", 1), "spring") for id in ("lab", "field")]
    first, second, third = break_ties(dict.fromkeys("abc", 0.0), "spring")
    outcomes = solve(FrozenRound("spring", people, listings)).outcomes
    assert outcomes[first].results == ("matched", "not_needed")
    assert outcomes[second].results == ("filled_by_lot", "matched")
    assert outcomes[third].results == ("filled_by_lot", "filled_by_lot")


def test_who_is_erased_leaves_the_others_on_their_ranks() -> None:
    lab = without(ListingEntry("lab", 1, ranking=("a", "b", "c"), ranks=(1, 2, 2)), AttendeeEntry("a", ("lab",)), matched=False)
    assert (lab.ranking, lab.ranks) == (("b", "c"), (2, 2))
    lab = without(ListingEntry("lab", 1, ranking=("a", "b")), AttendeeEntry("b", ("lab",)), matched=False)
    assert (lab.ranking, lab.ranks) == (("a",), ())
