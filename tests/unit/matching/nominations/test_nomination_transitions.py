"""Every command in every state: what is possible is in one table, and nothing else is."""

from typing import Final, get_args

import pytest

from matching.nominations.domain.transitions import RULES, STATES, Command, State, check
from shared.refusals import Conflict

POSSIBLE: Final[dict[str, dict[str | None, str]]] = {
    "nominate": {None: "proposed", "withdrawn": "proposed", "expired": "proposed"},
    "agree": {"proposed": "agreed"},
    "decline": {"proposed": "declined", "agreed": "declined"},
    "withdraw": {"proposed": "withdrawn", "agreed": "withdrawn"},
    "expire": {"proposed": "expired", "agreed": "expired"},
}
"""By command: the state after each state in which it is possible."""
REFUSED: Final[dict[str | None, str]] = {
    None: "there is no nomination; ",
    "agreed": "the nominee has agreed to the nomination as it is; ",
    "expired": "the nomination has expired with its programme; ",
}
"""How refusals begin in states that cannot be put into the usual words."""


def test_every_command_has_a_rule() -> None:
    assert set(RULES) == set(get_args(Command)) == set(POSSIBLE)


@pytest.mark.parametrize("command", get_args(Command))
@pytest.mark.parametrize("state", [None, *STATES])
def test_a_command_is_possible_in_these_states_and_refused_in_all_others(command: Command, state: State | None) -> None:
    if state in POSSIBLE[command]:
        assert check(command, state).target == POSSIBLE[command][state]
        return
    with pytest.raises(Conflict) as refusal:
        check(command, state)
    assert str(refusal.value).startswith(REFUSED.get(state, f"the nomination is {state}; "))


def test_only_the_nominee_answers_and_only_the_mentor_nominates() -> None:
    assert {command: rule.by for command, rule in RULES.items()} == {
        "nominate": "mentor",
        "agree": "nominee",
        "decline": "nominee",
        "withdraw": "mentor",
        "expire": "clock",
    }
