"""The states of ideas, and the commands that lead from one to another: one table. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from shared.refusals import Conflict
from shared.worded import Worded

State = Literal["proposed", "asked", "adopted", "withdrawn", "expired"]
Actor = Literal["author", "host", "clock"]
"""Who gives a command. The clock acts as time passes."""
Command = Literal["propose", "ask", "take-back", "decline", "agree", "withdraw", "expire"]

LIVE: Final[tuple[State, ...]] = ("proposed", "asked")
"""The states in which hosts see an idea, and may ask to adopt it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a command is possible, and its effect."""

    by: Actor
    sources: tuple[State | None, ...]
    """The states from which it is possible. None: there is no such idea yet."""
    target: State
    """The state afterwards. ``proposed`` is ``asked`` as long as a host asks to adopt the idea."""


RULES: Final[Mapping[Command, Rule]] = MappingProxyType(
    {
        "propose": Rule("author", (None, "proposed", "withdrawn", "expired"), "proposed"),
        "ask": Rule("host", LIVE, "asked"),
        "take-back": Rule("host", ("asked",), "proposed"),
        "decline": Rule("author", ("asked",), "proposed"),
        "agree": Rule("author", ("asked",), "adopted"),
        "withdraw": Rule("author", LIVE, "withdrawn"),
        "expire": Rule("clock", LIVE, "expired"),
    }
)
"""Every command there is."""

_WHY_NOT: Final[Mapping[State | None, Worded]] = MappingProxyType(
    {
        "proposed": Worded("the idea is proposed: no host has asked to adopt it"),
        "asked": Worded("the idea is asked: hosts ask to adopt it as it is; decline them, or withdraw it, before you change it"),
        "adopted": Worded("the idea is adopted: it is now a listing of its host; propose another one under another key"),
        "withdrawn": Worded("the idea is withdrawn: propose it again, so that hosts see it"),
        "expired": Worded("the idea is expired: propose it again, so that hosts see it"),
    }
)


def check(command: Command, state: State | None) -> Rule:
    """The rule for this command. Raises ``Conflict`` if the state does not allow it."""
    rule = RULES[command]
    if state not in rule.sources:
        raise Conflict(_WHY_NOT[state])
    return rule
