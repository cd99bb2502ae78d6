"""The rules of match-day rounds: what may be done in which state, and what may be sent."""

import math
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from matching.rounds.domain import rounds
from matching.rounds.domain.entries import AttendeeEntry, ListingEntry, Outcome, assign_seats, quotas_left, without
from matching.rounds.domain.requests import (
    AttendeeRanking,
    CleanUp,
    HostRanking,
    RoundId,
    RoundSettings,
)
from matching.rounds.domain.rounds import Round
from matching.rounds.domain.solution import FrozenRound, blocking, solve
from shared.contract.events.matching import RoundState
from shared.refusals import Conflict, Invalid
from shared.validation import in_words

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
EARLIER = NOW - timedelta(days=1)
STATES: tuple[RoundState, ...] = get_args(RoundState)


def round_settings(**changes: Any) -> RoundSettings:
    return RoundSettings.model_validate({"name": "Match day", "listing_ids": ["l1", "l2"]} | changes)


def round(state: RoundState = "draft", **changes: Any) -> Round:
    return replace(rounds.draft("r1", round_settings(), "drawn"), state=state, **changes)


STEPS: dict[str, tuple[Callable[[Round], Round], set[RoundState]]] = {
    "open": (lambda one: rounds.open_rankings(one, NOW), {"draft", "open"}),
    "lock": (rounds.lock, {"open", "locked"}),
    "match": (lambda one: rounds.match(one, 3, "in", "out"), {"locked"}),
    "publish": (rounds.publish, {"matched", "published"}),
    "cancel": (rounds.cancel, {"draft", "open", "locked", "matched", "cancelled"}),
    "revise": (lambda one: rounds.revise(one, round_settings(seed="drawn", name="Other"), NOW), {"draft", "open"}),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
def test_a_state_allows_its_steps_and_refuses_the_others_by_its_name(state: RoundState, step: str) -> None:
    take, allowed = STEPS[step]
    if state in allowed:
        take(round(state))
        return
    with pytest.raises(Conflict, match="published, or about to be" if step == "cancel" else f"the round is {state}"):
        take(round(state))


def test_a_round_goes_through_its_states_with_the_work_that_each_leaves() -> None:
    one = rounds.open_rankings(round(), NOW)
    assert (one.state, one.step) == ("open", None)
    one = rounds.lock(one)
    assert (one.state, one.step) == ("locked", "listings")
    one = rounds.match(replace(one, step="match", done=7, after="x"), 3, "in", "out")
    assert (one.state, one.step, one.matched, one.input_digest, one.result_digest) == ("matched", None, 3, "in", "out")
    one = rounds.publish(one)
    assert (one.state, one.step, one.done, one.after) == ("matched", "publish", 0, "")
    assert rounds.publish(one) == one
    with pytest.raises(Conflict, match="about to be"):
        rounds.cancel(one)
    one = rounds.finish(one)
    assert (one.state, one.step) == ("published", None)


@pytest.mark.parametrize(
    ("state", "step"), [("draft", "open"), ("open", "lock"), ("published", "publish"), ("cancelled", "cancel")]
)
def test_a_step_taken_twice_changes_nothing_the_second_time(state: RoundState, step: str) -> None:
    once = STEPS[step][0](round(state))
    assert STEPS[step][0](once) == once


def test_a_round_that_stopped_is_tried_again_by_locking_it_again() -> None:
    stopped = round("locked", step="match", fault="it has 2 blocking pairs")
    assert rounds.lock(stopped) == replace(stopped, fault=None)


def test_a_clean_up_round_is_published_without_further_ado() -> None:
    one = rounds.match(round("locked", clean_up_of="r0", number=1), 0, "in", "out")
    assert (one.state, one.step) == ("matched", "publish")


def test_what_people_rank_by_cannot_change_any_more_and_the_rest_can() -> None:
    opened = round("open", seed="s", attendees=4, version=2)
    for field, value in (("conference_id", "c2"), ("seed", "other"), ("listing_ids", ["l1"])):
        with pytest.raises(Invalid, match="can no longer change") as refusal:
            rounds.revise(opened, round_settings(**{"seed": "s"} | {field: value}), NOW)
        assert refusal.value.field == field
    changed = rounds.revise(opened, round_settings(name="Other", closes_at=LATER, clean_up={"rounds": 1, "hours": 2}), NOW)
    assert (changed.name, changed.closes_at, changed.seed, changed.attendees, changed.version) == ("Other", LATER, "s", 4, 2)
    with pytest.raises(Invalid, match="set by the first round") as refusal:
        rounds.revise(replace(opened, clean_up_of="r0"), round_settings(clean_up={"rounds": 1, "hours": 2}), NOW)
    assert refusal.value.field == "clean_up"


@pytest.mark.parametrize("closes_at", [EARLIER, NOW])
def test_a_round_does_not_open_to_close_at_once(closes_at: datetime) -> None:
    changes: list[Callable[[], Round]] = [
        lambda: rounds.open_rankings(round(closes_at=closes_at), NOW),
        lambda: rounds.revise(round("open"), round_settings(closes_at=closes_at), NOW),
    ]
    for change in changes:
        with pytest.raises(Invalid, match="has passed; choose a later time") as refusal:
            change()
        assert refusal.value.field == "closes_at"
    assert rounds.revise(round("draft"), round_settings(closes_at=closes_at), NOW).closes_at == closes_at, (
        "a draft may be unfinished"
    )


def test_rankings_are_taken_while_it_is_open_and_until_it_closes() -> None:
    rounds.check_open(round("open", closes_at=LATER), NOW)
    with pytest.raises(Conflict, match=r"closed at 2026-09-01 12:00:00 UTC; an operator may set a later closes_at"):
        rounds.check_open(round("open", closes_at=NOW), NOW)
    for state in set(STATES) - {"open"}:
        with pytest.raises(Conflict, match=f"the round is {state}; rankings are accepted only while it is open"):
            rounds.check_open(round(state), NOW)


def test_each_step_is_told_as_a_version_of_its_own() -> None:
    one, event = rounds.announce(round("open", version=1, attendees=5))
    assert (one.version, event.version, event.state, event.seed, event.attendees) == (2, 2, "open", "drawn", 5)


def test_clean_up_rounds_follow_while_there_are_seats_as_often_as_planned() -> None:
    often = CleanUp(rounds=2, hours=0.5)
    first = rounds.clean_up(round("published"), ["l2"], often, NOW)
    assert first
    assert (first.id, first.state, first.listing_ids, first.clean_up_of, first.seed) == ("r1~1", "open", ("l2",), "r1", "drawn")
    assert (first.name, first.closes_at) == ("Match day – clean-up 1", NOW + timedelta(minutes=30))
    second = rounds.clean_up(first, ["l2"], often, NOW)
    assert second
    assert (second.id, second.name, second.earlier, second.root) == ("r1~2", "Match day – clean-up 2", ["r1", "r1~1"], "r1")
    assert rounds.clean_up(second, ["l2"], often, NOW) is None
    assert rounds.clean_up(round("published"), [], often, NOW) is None
    assert rounds.clean_up(round("published"), ["l2"], None, NOW) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"listing_ids": []}, "listing_ids"),
        ({"listing_ids": ["l1", "l2", "l1"]}, "listing_ids"),
        ({"listing_ids": [f"l{n}" for n in range(5001)]}, "listing_ids"),
        ({"listing_ids": ["a/b"]}, "listing_ids"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"closes_at": "2026-09-01T12:00:00"}, "closes_at"),
        ({"clean_up": {"rounds": 6, "hours": 1}}, "clean_up"),
        ({"clean_up": {"rounds": 1, "hours": 0}}, "clean_up"),
        ({"clean_up": {"rounds": 1, "hours": math.nan}}, "clean_up"),
        ({"clean_up": {"rounds": 1, "hours": math.inf}}, "clean_up"),
        ({"clean_up": {"rounds": math.nan, "hours": 1}}, "clean_up"),
        ({"listings": ["l1"]}, "listings"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        round_settings(**changes)
    assert {fault["loc"][0] for fault in refusal.value.errors()} == {field}


@pytest.mark.parametrize(
    ("sent", "what"),
    [
        ({}, 'give either these, or "by": "score"'),
        ({"attendee_ids": ["a"], "by": "score"}, 'give either these, or "by": "score"'),
        ({"attendee_ids": ["a", "b", "a"]}, "must name each once; a occurs more than once"),
        ({"attendee_ids": [f"a{n}" for n in range(20_001)]}, "at most 20000"),
        ({"by": "luck"}, "score"),
        ({"by": "score", "seats": 0}, "greater than or equal to 1"),
        ({"by": "score", "seats": 1001}, "less than or equal to 1000"),
        ({"by": "score", "seats": math.nan}, "valid integer"),
        ({"by": "score", "seats": 1.5}, "integer"),
        ({"by": "score", "caps": {"ict": -1}}, "greater than or equal to 0"),
        ({"by": "score", "caps": {"ict": math.nan}}, "finite"),
        ({"by": "score", "caps": {"magic": 1}}, "ict"),
        ({"by": "score", "reverts": "l2"}, "not permitted"),
    ],
)
def test_a_host_s_ranking_that_cannot_be_is_refused(sent: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        HostRanking.model_validate(sent)


@pytest.mark.parametrize(
    ("listing_ids", "what"),
    [
        ([], "at least 1"),
        (["l1", "l1"], "l1 occurs more than once"),
        ([f"l{n}" for n in range(101)], "at most 100"),
        ([math.nan], "string"),
    ],
)
def test_an_attendee_s_ranking_that_cannot_be_is_refused(listing_ids: list[Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        AttendeeRanking.model_validate({"listing_ids": listing_ids})


@pytest.mark.parametrize("id", ["", "a:b", "a/b", "~1", "r~", "r~10", "r~0", "-r", "r" * 49, "r\n", "é"])
def test_what_is_no_round_s_id_is_refused_in_words(id: str) -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(RoundId).validate_python(id)
    assert in_words(dict(raised.value.errors()[0])).startswith("must be a round's id (letters, digits and . _ -, at most 48")


def test_seats_that_reverted_are_those_beyond_the_listing_s_own() -> None:
    attendees = {id: AttendeeEntry(id, ("l1",), "ict" if id == "a" else None) for id in "abc"}
    outcomes = [Outcome(id, "l1", ("matched",)) for id in "abc"]
    listings = [
        ListingEntry("l1", 1, ranking=("b", "a", "c")),
        ListingEntry("l2", 2, reverts_to="l1"),
        ListingEntry("l3", 1, reverts_to="gone"),
    ]
    settled, told = assign_seats(listings, attendees, outcomes, {"l1": 3, "l2": 0, "l3": 1})
    by_id = {one.id: one for one in settled}
    assert (by_id["l1"].placed, by_id["l1"].got, by_id["l1"].left, by_id["l1"].taken) == (("b", "a", "c"), 2, 0, {"ict": 1})
    assert (by_id["l2"].given, by_id["l2"].left, by_id["l3"].left) == (2, 0, 1)
    assert {one.attendee_id: one.reverted_from for one in told} == {"b": None, "a": "l2", "c": "l2"}
    assert by_id["l1"].results == {"matched": 3}


def test_who_is_erased_after_the_match_leaves_a_seat_for_a_later_round_only() -> None:
    ada = AttendeeEntry("ada", ("l1",), "ict")
    before = ListingEntry("l1", 2, ranking=("ada", "bob"), placed=("ada", "bob"), capacity=2, caps={"ict": 1}, taken={"ict": 2})
    after = without(before, ada, matched=True)
    assert (after.ranking, after.placed, after.capacity, after.left) == (("bob",), ("bob",), 1, 1)
    assert (after.caps, after.taken) == ({"ict": 0}, {"ict": 1})
    early = without(replace(before, placed=(), taken={}), ada, matched=False)
    assert (early.ranking, early.capacity) == (("bob",), 2)


def test_caps_hold_over_all_rounds() -> None:
    earlier = [ListingEntry("l1", 3, taken={"ict": 1, "law": 2}), ListingEntry("l1", 1, taken={"ict": 3})]
    assert quotas_left({"ict": 2, "business": 1}, earlier) == {"ict": 0, "business": 1}


CROWD = [
    AttendeeEntry(f"a{n:03}", tuple(f"l{(n * step) % 7}" for step in (1, 2, 3) if (n * step) % 7), [None, "ict", "law"][n % 3])
    for n in range(60)
]
HOSTS = [
    ListingEntry(
        f"l{n}", n, caps={"ict": 1, "law": 2}, reverts_to="l1" if n == 6 else None, ranking=tuple(one.id for one in CROWD[::-1])
    )
    for n in range(1, 7)
]
PRINT = """
import pickle, sys, orjson
from matching.rounds.domain.solution import solve
sys.stdout.buffer.write(orjson.dumps(solve(pickle.load(sys.stdin.buffer)), option=orjson.OPT_NON_STR_KEYS))
"""


def test_a_frozen_round_gives_the_same_bytes_in_every_process() -> None:
    """Each has its sets in another order."""

    def told(hash_seed: str) -> bytes:
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        frozen = pickle.dumps(FrozenRound("s", CROWD, HOSTS))
        return subprocess.run(
            [sys.executable, "-c", PRINT], input=frozen, capture_output=True, check=True, env=environment
        ).stdout

    once = told("1")
    assert len(once) > 5000
    assert told("2") == once


def test_the_order_in_which_a_round_is_kept_changes_nothing() -> None:
    one, other = solve(FrozenRound("s", CROWD, HOSTS)), solve(FrozenRound("s", CROWD[::-1], HOSTS[::-1]))
    assert (one.outcomes, one.input_digest, one.result_digest) == (other.outcomes, other.input_digest, other.result_digest)
    assert sorted(one.listings, key=lambda listing: listing.id) == sorted(other.listings, key=lambda listing: listing.id)
    reseeded = solve(FrozenRound("t", CROWD, HOSTS))
    assert reseeded.input_digest != one.input_digest


def test_a_round_without_ties_is_matched_as_by_the_releases_before_there_were_any() -> None:
    before = solve(FrozenRound("s", CROWD, HOSTS))
    assert before.matched == 21
    assert before.input_digest == "0bcb3943a421a4d64b4725474b4a7fecb3bc4e3cb96382f8cca7d24004184e6e"
    assert before.result_digest == "99c38b3c110dd5432bb0dcbebc3027dc475ebb07e541873e83a653401847158f"


def test_rounds_with_nobody_or_nothing_to_give_are_solved() -> None:
    nobody = solve(FrozenRound("s", [], HOSTS))
    assert (nobody.matched, nobody.outcomes) == (0, {})
    nothing = solve(FrozenRound("s", CROWD, [ListingEntry(f"l{n}", 0, withdrawn=True, ranking=()) for n in range(1, 7)]))
    assert nothing.matched == 0
    assert {word for outcome in nothing.outcomes.values() for word in outcome.results} == {"withdrawn"}
    silent = solve(FrozenRound("s", CROWD, [ListingEntry(f"l{n}", 3) for n in range(1, 7)]))
    assert {word for outcome in silent.outcomes.values() for word in outcome.results} == {"not_ranked"}


def test_a_result_that_was_meddled_with_is_found() -> None:
    solution = solve(FrozenRound("s", CROWD, HOSTS))
    frozen = FrozenRound("s", CROWD, solution.listings)
    assert blocking(frozen, solution.outcomes, after_erasure=False) == []
    robbed = next(one for one in solution.outcomes.values() if one.listing_id == "l2")
    pairs = blocking(frozen, {**solution.outcomes, robbed.attendee_id: replace(robbed, listing_id=None)}, after_erasure=False)
    assert (robbed.attendee_id, robbed.listing_id) in pairs
    with pytest.raises(ValueError, match=robbed.attendee_id):
        blocking(frozen, {id: one for id, one in solution.outcomes.items() if one is not robbed}, after_erasure=False)
