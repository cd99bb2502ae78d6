"""The states of applications, and the commands that lead from one to another: one table. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from shared.refusals import Conflict, Forbidden
from shared.worded import Worded

State = Literal[
    "submitted",
    "screening",
    "interview",
    "offered",
    "accepted",
    "declined",
    "lapsed",
    "rescinded",
    "rejected",
    "withdrawn",
    "closed",
    "superseded",
]
Reason = Literal["no_answer", "listing_closed", "accepted_elsewhere", "match_day"]
"""Why an application was closed or superseded."""
Actor = Literal["attendee", "host", "clock", "placement"]
"""Who gives a command. The clock acts when time passes or listings change; ``placement`` is the attendee's new placement."""
Side = Literal["attendee", "host"]
Command = Literal[
    "apply",
    "screen",
    "interview",
    "pick-slot",
    "call-off",
    "offer",
    "accept",
    "decline",
    "reject",
    "rescind",
    "withdraw",
    "confirm-terms",
    "change-terms",
    "lapse",
    "close",
    "supersede",
]
BulkCommand = Literal["screen", "interview", "offer", "reject"]
"""The commands that a host may give for several applications at once. The others take back what one person was promised."""
Need = Literal[
    "consent",
    "open listing",
    "no overlap",
    "slot",
    "changed terms",
    "approved host",
    "deadline",
    "free seat",
    "in time",
    "time is up",
]
"""Other preconditions of a command, which ``matching.applications.use_cases`` checks."""

AWAITING: Final[tuple[State, ...]] = ("submitted", "screening", "interview")
"""The states in which the host owes an answer."""
LIVE: Final[tuple[State, ...]] = (*AWAITING, "offered")
"""The states in which an application may still succeed without being reopened by the host."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The states in which a command is possible, and its effect."""

    by: Actor
    sources: tuple[State | None, ...]
    """The states from which it is possible. None: there is no application yet."""
    target: State | None
    """The state afterwards; None: as before."""
    tells: tuple[Side, ...]
    needs: tuple[Need, ...] = ()


RULES: Final[Mapping[Command, Rule]] = MappingProxyType(
    {
        "apply": Rule(
            "attendee",
            (None, "withdrawn", "closed"),
            "submitted",
            ("attendee", "host"),
            ("consent", "open listing", "no overlap"),
        ),
        "screen": Rule("host", ("submitted",), "screening", ("attendee",)),
        "interview": Rule("host", AWAITING, "interview", ("attendee", "host"), ("slot",)),
        "pick-slot": Rule("attendee", ("interview",), None, ("attendee", "host"), ("slot",)),
        "call-off": Rule("host", ("interview",), "screening", ("attendee", "host")),
        "offer": Rule(
            "host",
            (*AWAITING, "rejected", "rescinded", "lapsed", "superseded"),
            "offered",
            ("attendee",),
            ("approved host", "deadline", "no overlap", "free seat"),
        ),
        "accept": Rule("attendee", ("offered",), "accepted", ("host",), ("in time", "no overlap")),
        "decline": Rule("attendee", ("offered",), "declined", ("host",)),
        "reject": Rule("host", AWAITING, "rejected", ("attendee",)),
        "rescind": Rule("host", ("offered",), "rescinded", ("attendee",)),
        "withdraw": Rule("attendee", LIVE, "withdrawn", ("host",)),
        "confirm-terms": Rule("attendee", LIVE, None, ("host",), ("changed terms",)),
        "change-terms": Rule("clock", LIVE, None, ("attendee",), ("changed terms",)),
        "lapse": Rule("clock", ("offered",), "lapsed", ("attendee", "host"), ("time is up",)),
        "close": Rule("clock", AWAITING, "closed", ("attendee", "host")),
        "supersede": Rule("placement", LIVE, "superseded", ("attendee", "host")),
    }
)
"""The rules of all commands."""

_BY_APPLYING: Final = Worded("only the attendee can reopen it, by applying again")
_BY_AN_OFFER: Final = Worded("only the host can reopen it, by making an offer")
_HINTS: Final[Mapping[State | None, Worded]] = MappingProxyType(
    {
        None: Worded("the attendee has to apply first"),
        "withdrawn": _BY_APPLYING,
        "closed": _BY_APPLYING,
        "declined": Worded("the attendee's answer is final"),
        "accepted": Worded("continue in its placement"),
        "rejected": _BY_AN_OFFER,
        "rescinded": _BY_AN_OFFER,
        "lapsed": _BY_AN_OFFER,
        "superseded": Worded(
            "another placement of the attendee leaves no hours for it; only the host can reopen it, by making an offer"
        ),
    }
)
_WORDS: Final[Mapping[State, Worded]] = MappingProxyType(
    {
        "submitted": Worded("submitted"),
        "screening": Worded("screening"),
        "interview": Worded("interview"),
        "offered": Worded("offered"),
        "accepted": Worded("accepted"),
        "declined": Worded("declined"),
        "lapsed": Worded("lapsed"),
        "rescinded": Worded("rescinded"),
        "rejected": Worded("rejected"),
        "withdrawn": Worded("withdrawn"),
        "closed": Worded("closed"),
        "superseded": Worded("superseded"),
    }
)
"""The states, worded for use in a sentence."""


def frees_seat(source: State, target: State) -> bool:
    """Whether the seat held by an offer is freed. A placement that follows from an offer takes over the seat."""
    return source == "offered" and target not in ("offered", "accepted")


def ends_interview(source: State, target: State) -> bool:
    """Whether the appointment and the proposed times are cancelled."""
    return source == "interview" and target != "interview"


def check(command: Command, state: State | None, actor: Actor) -> Rule:
    """The rule for this command.

    Raises:
        Forbidden: the actor may not give this command.
        Conflict: the state does not allow it.
    """
    rule = RULES[command]
    if actor != rule.by:
        raise Forbidden(f"{command}: this is for the {rule.by} to do, not for the {actor}")
    if state not in rule.sources:
        now = Worded("the application is %(state)s", state=_WORDS[state]) if state else Worded("there is no application")
        needed = Worded("%(command)s is possible only while it is %(states)s", command=command, states=_either(rule.sources))
        raise Conflict(Worded("%(now)s; %(hint)s", now=now, hint=_HINTS.get(state, needed)))
    return rule


def commands_of(actor: Actor, state: State | None) -> list[Command]:
    """The commands that this state allows the actor, ignoring other preconditions."""
    return [command for command, rule in RULES.items() if rule.by == actor and state in rule.sources]


def _either(states: tuple[State | None, ...]) -> str:
    *others, last = [state or "new" for state in states]
    return f"{', '.join(others)} or {last}" if others else last
