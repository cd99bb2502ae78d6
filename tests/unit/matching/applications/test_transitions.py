"""Every command in every state by everybody: what is possible is in one table, and nothing else is."""

from collections.abc import Callable
from typing import Final, get_args

import pytest

from matching.applications.domain.transitions import (
    LIVE,
    RULES,
    Actor,
    Command,
    Need,
    Side,
    State,
    check,
    ends_interview,
    frees_seat,
)
from shared.refusals import Conflict, Forbidden

STATES: Final = get_args(State)
POSSIBLE: Final[dict[tuple[str, str], dict[str | None, str]]] = {
    ("apply", "attendee"): {None: "submitted", "withdrawn": "submitted", "closed": "submitted"},
    ("screen", "host"): {"submitted": "screening"},
    ("interview", "host"): {"submitted": "interview", "screening": "interview", "interview": "interview"},
    ("pick-slot", "attendee"): {"interview": "interview"},
    ("call-off", "host"): {"interview": "screening"},
    ("offer", "host"): {
        "submitted": "offered",
        "screening": "offered",
        "interview": "offered",
        "rejected": "offered",
        "rescinded": "offered",
        "lapsed": "offered",
        "superseded": "offered",
    },
    ("accept", "attendee"): {"offered": "accepted"},
    ("decline", "attendee"): {"offered": "declined"},
    ("reject", "host"): {"submitted": "rejected", "screening": "rejected", "interview": "rejected"},
    ("rescind", "host"): {"offered": "rescinded"},
    ("withdraw", "attendee"): {
        "submitted": "withdrawn",
        "screening": "withdrawn",
        "interview": "withdrawn",
        "offered": "withdrawn",
    },
    ("confirm-terms", "attendee"): {state: state for state in ("submitted", "screening", "interview", "offered")},
    ("change-terms", "clock"): {state: state for state in ("submitted", "screening", "interview", "offered")},
    ("lapse", "clock"): {"offered": "lapsed"},
    ("close", "clock"): {"submitted": "closed", "screening": "closed", "interview": "closed"},
    ("supersede", "placement"): {
        "submitted": "superseded",
        "screening": "superseded",
        "interview": "superseded",
        "offered": "superseded",
    },
}
"""By command and who gives it: the state after each state in which it is possible."""


@pytest.mark.parametrize("command", get_args(Command))
def test_a_command_is_possible_in_its_states_and_for_its_actor_only(command: Command) -> None:
    for actor in get_args(Actor):
        for state in (None, *STATES):
            possible = POSSIBLE.get((command, actor), {})
            if (command, actor) not in POSSIBLE:
                with pytest.raises(Forbidden, match=f"not for the {actor}"):
                    check(command, state, actor)
            elif state not in possible:
                with pytest.raises(Conflict):
                    check(command, state, actor)
            else:
                assert (check(command, state, actor).target or state) == possible[state]


def test_every_command_is_somebodys() -> None:
    assert {command for command, _ in POSSIBLE} == set(get_args(Command)) == set(RULES)


def test_every_end_is_told_to_whoever_did_not_bring_it_about() -> None:
    both = set(get_args(Side))
    for command, rule in RULES.items():
        if rule.target is None or rule.target in LIVE:
            continue
        assert both - {rule.by} <= set(rule.tells), f"{command} ends it without a word to somebody"


def test_every_end_can_be_reached_and_left_as_the_table_says_only() -> None:
    ends = set(STATES) - set(LIVE)
    reached = {rule.target for rule in RULES.values()}
    assert ends <= reached
    left = {state: {command for command, rule in RULES.items() if state in rule.sources} for state in ends}
    assert left == {
        "accepted": set(),
        "declined": set(),
        "withdrawn": {"apply"},
        "closed": {"apply"},
        "rejected": {"offer"},
        "rescinded": {"offer"},
        "lapsed": {"offer"},
        "superseded": {"offer"},
    }


def commands_that(takes_back: Callable[[State, State], bool], source: State) -> set[str]:
    return {command for command, rule in RULES.items() if source in rule.sources and takes_back(source, rule.target or source)}


def test_an_offer_holds_its_seat_until_it_ends_without_a_placement() -> None:
    assert commands_that(frees_seat, "offered") == {"decline", "rescind", "withdraw", "lapse", "supersede"}
    assert not any(commands_that(frees_seat, state) for state in STATES if state != "offered")


def test_a_decision_or_an_end_takes_the_interview_back() -> None:
    assert commands_that(ends_interview, "interview") == {"call-off", "offer", "reject", "withdraw", "close", "supersede"}
    assert not any(commands_that(ends_interview, state) for state in STATES if state != "interview")


def test_needs_are_known() -> None:
    assert {need for rule in RULES.values() for need in rule.needs} == set(get_args(Need))
