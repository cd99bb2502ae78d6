"""How many people came to a conference, as counted by registration, including those who did not agree to be matched. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.contract.events.registration import TurnoutCounted


@dataclass(frozen=True, slots=True)
class Turnout:
    """The turnout of one conference, or the sum over several: somebody who was at two counts twice."""

    attended: int = 0
    consented: int = 0
    sessions: Mapping[str, int] = field(default_factory=dict)
    """How many people attended each session; of a sum, none."""


def turnout_of(event: TurnoutCounted) -> Turnout:
    """What the event says."""
    return Turnout(event.attended, event.consented, {session.session_id: session.attended for session in event.sessions})


def total(turnouts: Iterable[Turnout]) -> Turnout:
    """The sum of these, without their sessions."""
    all = list(turnouts)
    return Turnout(sum(one.attended for one in all), sum(one.consented for one in all))
