"""The states of nominations, and the commands that lead from one to another: one table. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, get_args

from shared.refusals import Conflict
from shared.worded import Worded

State = Literal["proposed", "agreed", "declined", "withdrawn", "expired"]
STATES: Final[tuple[State, ...]] = get_args(State)
STANDING: Final[tuple[State, ...]] = ("proposed", "agreed")
"""The states of nominations that have not ended."""
Actor = Literal["mentor", "nominee", "clock"]
"""Who gives a command. The clock acts once a programme has closed."""
Command = Literal["nominate", "agree", "decline", "withdraw", "expire"]
Need = Literal["open programme", "acquaintance", "consent", "programme ended"]
"""What a command needs besides the state. ``matching.nominations.use_cases`` checks it."""


@dataclass(frozen=True, slots=True)
class NominationRule:
    """When a command is possible, and its effect."""

    by: Actor
    sources: tuple[State | None, ...]
    """The states from which it is possible. None: there is no such nomination yet."""
    target: State
    needs: tuple[Need, ...] = ()


RULES: Final[Mapping[Command, NominationRule]] = MappingProxyType(
    {
        "nominate": NominationRule(
            "mentor", (None, "withdrawn", "expired"), "proposed", ("open programme", "acquaintance", "consent")
        ),
        "agree": NominationRule("nominee", ("proposed",), "agreed", ("open programme", "consent")),
        "decline": NominationRule("nominee", ("proposed", "agreed"), "declined"),
        "withdraw": NominationRule("mentor", ("proposed", "agreed"), "withdrawn"),
        "expire": NominationRule("clock", ("proposed", "agreed"), "expired", ("programme ended",)),
    }
)
"""Every command there is."""

_WHY_NOT: Final[Mapping[State, Worded]] = MappingProxyType(
    {
        "proposed": Worded("the nomination is proposed; to change it, withdraw it and nominate again"),
        "agreed": Worded("the nominee has agreed to the nomination as it is; to change it, withdraw it and nominate again"),
        "declined": Worded("the nomination is declined; the nominee's answer is final"),
        "withdrawn": Worded("the nomination is withdrawn; only the mentor can reopen it, by nominating again"),
        "expired": Worded("the nomination has expired with its programme; if that opens again, the mentor can nominate again"),
    }
)


def check(command: Command, state: State | None) -> NominationRule:
    """The rule for this command. Raises ``Conflict`` if the state does not allow it."""
    rule = RULES[command]
    if state in rule.sources:
        return rule
    if state is None:
        raise Conflict(Worded("there is no nomination; a mentor has to nominate first"))
    raise Conflict(_WHY_NOT[state])
