"""Single rounds: what is refused and what is defined, reversions, and the check with a planted fault."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from matching.engine.match_day import (
    Applicant,
    Assignment,
    Host,
    NumberLists,
    RoundArrays,
    blocking_pairs,
    break_ties,
    match,
    match_arrays,
)
from matching.engine.match_day.participants import MOST


def names(prefix: str, count: int) -> tuple[str, ...]:
    return tuple(f"{prefix}{number}" for number in range(count))


def test_a_round_of_nobody_matches_nobody() -> None:
    assert match([], []) == Assignment({}, {})
    assert match([Applicant("a", ("x",))], []) == Assignment({"a": None}, {})
    assert match([], [Host("x", 3, ("a",))]) == Assignment({}, {"x": 3})
    assert match([Applicant("a", ())], [Host("x", 3, ())]) == Assignment({"a": None}, {"x": 3})
    assert blocking_pairs([], [], Assignment({}, {})) == []


def test_who_and_what_is_not_in_the_round_is_passed_over() -> None:
    applicants = [Applicant("a", ("gone", "x", "gone")), Applicant("b", ("x",))]
    hosts = [Host("x", 1, ("stranger", "b", "a", "stranger"), {"no such discipline": 0}, reverts_to="gone")]
    assert match(applicants, hosts) == Assignment({"a": None, "b": "x"}, {"x": 1})


def test_a_seat_needs_both_sides() -> None:
    applicants = [Applicant("a", ("x",)), Applicant("b", ())]
    assert match(applicants, [Host("x", 2, ("b",))]).seats == {"a": None, "b": None}


def test_no_seats_and_a_cap_of_none_take_nobody() -> None:
    applicants = [Applicant("a", ("none", "shut"), "physics"), Applicant("b", ("none", "shut"))]
    hosts = [Host("none", 0, ("a", "b")), Host("shut", 2, ("a", "b"), {"physics": 0})]
    assert match(applicants, hosts).seats == {"a": None, "b": "shut"}


def test_the_empty_string_is_an_id_and_a_discipline_like_any_other() -> None:
    applicants = [Applicant("", ("",), ""), Applicant("a", ("",), "")]
    assert match(applicants, [Host("", 2, ("", "a"), {"": 1})]).seats == {"": "", "a": None}


def test_any_string_is_an_id() -> None:
    strange = ("a\nb", "a", "b", "\n", "\0", "\ud800", "é", "e\u0301")
    applicants = [Applicant(id, strange) for id in strange]
    assert match(applicants, [Host(id, 1, (id,)) for id in strange]).seats == {id: id for id in strange}


def test_who_has_no_discipline_falls_under_no_cap() -> None:
    applicants = [Applicant(id, ("x",)) for id in names("a", 5)]
    hosts = [Host("x", 3, names("a", 5), {"unheard of": 0, "too": 1})]
    assert sum(seat == "x" for seat in match(applicants, hosts).seats.values()) == 3


@pytest.mark.parametrize(
    ("applicants", "hosts", "told"),
    [
        ([Applicant("a", ()), Applicant("b", ()), Applicant("a", ())], [], "applicant 'a' is given twice"),
        ([], [Host("x", 1, ()), Host("x", 1, ())], "listing 'x' is given twice"),
        ([Applicant("a", ("x", "y", "x"))], [Host("x", 1, ()), Host("y", 1, ())], "applicant 'a' ranks listing 'x' twice"),
        (
            [Applicant("a", ("x",)), Applicant("b", ())],
            [Host("y", 1, ("b",)), Host("x", 1, ("b", "a", "b"))],
            "listing 'x' ranks applicant 'b' twice",
        ),
        (
            [],
            [Host("x", 1, (), reverts_to="z"), Host("y", 1, (), reverts_to="x"), Host("z", 1, (), reverts_to="y")],
            "circle, 'x' to 'z' to 'y' to 'x'",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_and_named(applicants: list[Applicant], hosts: list[Host], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        match(applicants, hosts)


@pytest.mark.parametrize("count", [-1, MOST + 1, 1.0, float("nan"), "3", None, True])
def test_a_number_of_seats_is_a_whole_number(count: int) -> None:
    with pytest.raises(ValueError, match="listing 'x': seats must be a whole number from 0 to 1,000,000"):
        Host("x", count, ())
    with pytest.raises(ValueError, match="listing 'x': the cap for 'physics' must be a whole number"):
        Host("x", 1, (), {"physics": count})


def test_seats_do_not_revert_to_the_listing_itself() -> None:
    with pytest.raises(ValueError, match="'x': its unfilled seats cannot revert to itself"):
        Host("x", 1, (), reverts_to="x")


@pytest.mark.parametrize("ranks", [(1,), (2, 1), (1, 2, 2)])
def test_each_applicant_of_a_ranking_has_a_rank_and_none_is_below_the_one_before(ranks: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="'x': give a rank for each applicant"):
        Host("x", 1, ("a", "b"), ranks=ranks)


def test_unfilled_seats_revert_and_go_on_down_the_chain() -> None:
    applicants = [Applicant(id, ("c",)) for id in names("a", 4)] + [Applicant("b0", ("b",))]
    hosts = [
        Host("a", 3, (), reverts_to="b"),
        Host("b", 1, ("b0",), reverts_to="c"),
        Host("c", 1, names("a", 4)),
    ]
    result = match(applicants, hosts)
    assert result.capacities == {"a": 0, "b": 1, "c": 4}
    assert result.seats == dict.fromkeys(names("a", 4), "c") | {"b0": "b"}


def test_a_seat_that_comes_free_by_a_reversion_reverts_too() -> None:
    # x's empty seat goes to y, so that a leaves z for y; z's seat goes to w, which takes b.
    applicants = [Applicant("c", ("y",)), Applicant("a", ("y", "z")), Applicant("b", ("w",))]
    hosts = [
        Host("x", 1, (), reverts_to="y"),
        Host("y", 1, ("c", "a")),
        Host("z", 1, ("a",), reverts_to="w"),
        Host("w", 0, ("b",)),
    ]
    result = match(applicants, hosts)
    assert result.seats == {"a": "y", "b": "w", "c": "y"}
    assert result.capacities == {"w": 1, "x": 0, "y": 2, "z": 0}


def test_where_seats_revert_a_shorter_ranking_may_bring_more() -> None:
    """The known limit of reversion, which the decision tells: whoever leaves the first listing empty gets its seat in the second."""
    hosts = [Host("x", 1, ("a",), reverts_to="y"), Host("y", 1, ("b", "a"))]
    applicants = [Applicant("a", ("y", "x")), Applicant("b", ("y",))]
    assert match(applicants, hosts).seats == {"a": "x", "b": "y"}
    assert match([replace(applicants[0], ranking=("y",)), applicants[1]], hosts).seats == {"a": "y", "b": "y"}


def test_the_check_finds_what_was_planted() -> None:
    applicants = [Applicant("a", ("x", "y"), "physics"), Applicant("b", ("x", "y"), "physics"), Applicant("c", ("y", "x"))]
    hosts = [Host("x", 2, ("a", "b", "c"), {"physics": 1}), Host("y", 1, ("b", "a", "c"))]
    right = match(applicants, hosts)
    assert right.seats == {"a": "x", "b": "y", "c": "x"}
    assert blocking_pairs(applicants, hosts, right) == []

    def planted(**seats: str | None) -> list[tuple[str, str]]:
        return blocking_pairs(applicants, hosts, replace(right, seats=right.seats | seats))

    assert planted(a="y", b="x") == [("a", "x")]  # the host would rather have the other one, under the same cap
    assert planted(b=None) == [("b", "y"), ("c", "y")]  # a free seat; b's place at x is taken by the cap
    assert planted(c=None) == [("c", "x")]
    assert planted(a=None, c=None) == [("a", "x"), ("b", "x"), ("c", "x")]
    assert planted(a=None, b=None, c=None) == [(a, h) for a in "abc" for h in "xy"]


@pytest.mark.parametrize(
    ("seats", "capacities", "told"),
    [
        ({"a": "x"}, {"x": 1, "y": 1}, "nothing about applicant 'b'"),
        ({"a": "x", "b": None, "z": "x"}, {"x": 1, "y": 1}, "'z', who is no applicant"),
        ({"a": "nowhere", "b": None}, {"x": 1, "y": 1}, "'a' has a seat at 'nowhere'"),
        ({"a": None, "b": "x"}, {"x": 1, "y": 1}, "'b' has a seat at 'x', a listing that they did not rank"),
        ({"a": "x", "b": "y"}, {"y": 1}, "the seats of all listings and no others: 'x'"),
        ({"a": "x", "b": "y"}, {"x": 0, "y": 2}, "'x' has 0 seats instead of 1"),
        ({"a": "x", "b": "y"}, {"x": 1, "y": 2}, "'y' has 2 seats instead of 1"),
        ({"a": "y", "b": None}, {"x": 1, "y": 1}, "'y' has a seat for 1 whom it did not rank"),
        ({"a": None, "b": "y"}, {"x": 1, "y": 1}, "more of 'physics' than its cap"),
    ],
)
def test_a_result_that_is_no_matching_is_refused(seats: dict[str, str | None], capacities: dict[str, int], told: str) -> None:
    applicants = [Applicant("a", ("x", "y")), Applicant("b", ("y",), "physics")]
    hosts = [Host("x", 1, ("a",)), Host("y", 1, ("b",), {"physics": 0} if "physics" in told else {})]
    with pytest.raises(ValueError, match=told):
        blocking_pairs(applicants, hosts, Assignment(seats, capacities))


def test_the_check_counts_seats_and_where_they_went() -> None:
    applicants = [Applicant("a", ("y",)), Applicant("b", ("y",))]
    hosts = [Host("x", 1, (), reverts_to="y"), Host("y", 1, ("a", "b"))]
    assert match(applicants, hosts) == Assignment({"a": "y", "b": "y"}, {"x": 0, "y": 2})
    wrong: list[tuple[dict[str, str | None], dict[str, int], str]] = [
        ({"a": "y", "b": None}, {"x": 1, "y": 1}, "'x' keeps 1 unfilled seats, though they revert"),
        ({"a": "y", "b": None}, {"x": 0, "y": 1}, "seats were lost"),
        ({"a": "y", "b": "y"}, {"x": 0, "y": 1}, "seats were lost"),
        ({"a": "y", "b": "y"}, {"x": 1, "y": 1}, "'x' keeps 1"),
    ]
    for seats, capacities, told in wrong:
        with pytest.raises(ValueError, match=told):
            blocking_pairs(applicants, hosts, Assignment(seats, capacities))
    with pytest.raises(ValueError, match="'y' has more than its 1 seats"):
        blocking_pairs(applicants, [Host("y", 1, ("a", "b"))], Assignment({"a": "y", "b": "y"}, {"y": 1}))


def test_ties_are_broken_by_a_hash_that_everybody_can_repeat() -> None:
    scores = {"ada": 0.5, "bob": 0.5, "cyd": 0.75, "dan": 0.5, "eve": -0.0, "fay": 0.0}

    def lottery(*ids: str, seed: str) -> list[str]:
        return sorted(ids, key=lambda one: hashlib.sha256((seed + one).encode()).hexdigest())

    for seed in ("spring", "autumn"):
        expected = ["cyd", *lottery("ada", "bob", "dan", seed=seed), *lottery("eve", "fay", seed=seed)]
        assert list(break_ties(scores, seed)) == expected
        assert list(break_ties(dict(reversed(scores.items())), seed)) == expected
    assert len({break_ties(dict.fromkeys(names("a", 4), 1.0), str(seed)) for seed in range(200)}) == 24
    assert break_ties({}, "seed") == ()
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="the score of 'bob' is"):
            break_ties({"ada": 1.0, "bob": bad}, "seed")


def arrays(**changes: object) -> RoundArrays:
    """Two applicants, two hosts; the second applicant gets their second choice."""
    fields: dict[str, object] = {
        "applicants": NumberLists(np.array([0, 1, 3]), np.array([0, 0, 1])),
        "hosts": NumberLists(np.array([0, 2, 3]), np.array([0, 1, 1])),
        "seats": np.array([1, 1]),
    }
    return RoundArrays(**(fields | changes))  # type: ignore[arg-type]


def test_arrays_are_matched_without_any_ids() -> None:
    matched, seats = match_arrays(arrays())
    assert (matched.tolist(), seats.tolist()) == ([0, 1], [1, 1])
    matched, seats = match_arrays(arrays(seats=np.array([2, 1], dtype=np.uint8), reverts_to=np.array([1, -1])))
    assert (matched.tolist(), seats.tolist()) == ([0, 0], [2, 1])


def test_arrays_are_not_written_to() -> None:
    given = arrays(seats=np.array([3, 1]), reverts_to=np.array([1, -1]))
    assert match_arrays(given)[1].tolist() == [2, 2]
    assert given.seats.tolist() == [3, 1]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seats": np.array([1])}, "seats must be 2 integers"),
        ({"seats": np.array([1.0, 1.0])}, "seats must be 2 integers, not float64"),
        ({"seats": np.array([1, -2])}, r"seats\[1\] is -2"),
        ({"capped": NumberLists(np.array([0, 1]), np.array([0])), "caps": np.array([1])}, "capped must be 2 lists, not 1"),
        ({"applicants": NumberLists(np.array([0, 1, 3]), np.array([0, 0, 2]))}, r"applicants.items\[2\] is 2; there are 2"),
        ({"applicants": NumberLists(np.array([0, 1, 3]), np.array([0, 1, 1]))}, "applicant 1 ranks host 1 twice"),
        ({"hosts": NumberLists(np.array([0, 2, 3]), np.array([1, 1, 1]))}, "host 0 ranks applicant 1 twice"),
        ({"disciplines": np.array([1])}, "disciplines must be 2 integers"),
        ({"caps": np.array([1])}, "caps must be 0 integers"),
        ({"capped": NumberLists(np.array([0, 1, 1]), np.array([0])), "caps": np.array([-1])}, r"caps\[0\] is -1"),
        ({"capped": NumberLists(np.array([0, 2, 2]), np.array([3, 3])), "caps": np.array([1, 2])}, "host 0 has two caps for 3"),
        ({"limit_of": np.array([0])}, "limit_of must be 2 integers"),
        ({"limit_of": np.array([-1, 0])}, r"limit_of\[1\] is 0 of 0 limits"),
        ({"limited": NumberLists(np.array([0, 1]), np.array([0]))}, "limited must be 0 lists, not 1"),
        ({"reverts_to": np.array([2, -1])}, r"reverts_to\[0\] is 2 of 2 hosts"),
        ({"reverts_to": np.array([0, -1])}, "hosts 0 to 0"),
        ({"reverts_to": np.array([1, 0])}, "hosts 0 to 1 to 0"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        match_arrays(arrays(**changes))


@pytest.mark.parametrize(
    ("starts", "items", "told"),
    [
        ([0, 1, 2], [0, 0, 1], "starts must rise from 0 to the number of items, 3"),
        ([1, 3], [0, 0, 1], "starts must rise"),
        ([0, 4, 3], [0, 0, 1], "starts must rise"),
        ([], [], "starts must be 1 integers"),
        ([0, 1], [0.5], "items must be 1 integers, not float64"),
        ([0, 1], [[0]], r"items must be 1 integers, not int64 of shape \(1, 1\)"),
    ],
)
def test_lists_that_do_not_fit_are_refused(starts: list[int], items: list[float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        NumberLists(np.array(starts, dtype=np.int64), np.array(items or np.zeros(0, dtype=np.int32)))
