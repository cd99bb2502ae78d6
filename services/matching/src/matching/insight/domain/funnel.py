"""The funnel from recommendation to hire: who reached which stage. Pure.

A stage is counted from the history, not the current state: people who were interviewed and then rejected were interviewed. Not
everybody goes through each stage; a host may offer a seat without an interview.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from shared.contract.events.fields import Discipline

Stage = Literal["recommended", "opened", "applied", "interviewed", "offered", "accepted", "started", "completed", "hired"]
STAGES: Final[tuple[Stage, ...]] = (
    "recommended",
    "opened",
    "applied",
    "interviewed",
    "offered",
    "accepted",
    "started",
    "completed",
    "hired",
)

StageListings = Mapping[Stage, Collection[str]]
"""The ids of the listings with which somebody reached each stage."""

_APPLYING: Final[tuple[Stage, ...]] = ("opened", "applied")  # who applied has seen what the host would see
_OF_APPLICATIONS: Final[Mapping[str, tuple[Stage, ...]]] = {
    "submitted": _APPLYING,
    "interview": ("interviewed",),
    "offered": ("offered",),
}
_OF_PLACEMENTS: Final[Mapping[str, tuple[Stage, ...]]] = {
    "confirmed": ("offered", "accepted"),  # a seat of a match day is both at once, without an application
    "started": ("started",),
    "completed": ("completed",),
}


def reached(
    applications: Iterable[tuple[str, Collection[str]]],
    placements: Iterable[tuple[str, Collection[str], bool]],
    ranked: Iterable[str],
    opened: Iterable[str] = (),
) -> dict[Stage, set[str]]:
    """The stages that somebody reached.

    ``applications`` and ``placements``: the id of the listing and all states that each was ever in; of a placement, also whether
    the host hired the attendee. ``ranked``: listings that they ranked in match-day rounds, where a ranking is an application.
    ``opened``: listings for which they looked at an application before sending it.
    """
    stages: dict[Stage, set[str]] = {}

    def add(listing_id: str, *reached: Stage) -> None:
        for stage in reached:
            stages.setdefault(stage, set()).add(listing_id)

    for listing_id in opened:
        add(listing_id, "opened")
    for listing_id, states in applications:
        for state in states:
            add(listing_id, *_OF_APPLICATIONS.get(state, ()))
    for listing_id in ranked:
        add(listing_id, *_APPLYING)
    for listing_id, states, hired in placements:
        for state in states:
            add(listing_id, *_OF_PLACEMENTS.get(state, ()))
        if hired:
            add(listing_id, "hired")
    return stages


@dataclass(slots=True)
class Funnel:
    """How many people of a conference, or of all, reached each stage: together, of each discipline, and with each host."""

    people: Counter[Stage] = field(default_factory=Counter)
    disciplines: defaultdict[Discipline, Counter[Stage]] = field(default_factory=lambda: defaultdict(Counter))
    hosts: defaultdict[str, Counter[Stage]] = field(default_factory=lambda: defaultdict(Counter))
    answered: Counter[str] = field(default_factory=Counter)
    """By host: how many people it answered in time."""
    unanswered: Counter[str] = field(default_factory=Counter)
    """By host: how many people it did not answer in time, so their application was closed."""

    def add(self, discipline: Discipline | None, hosts: Mapping[Stage, Collection[str]]) -> None:
        """Count somebody who reached these stages, each with these hosts."""
        self.people.update(hosts.keys())
        if discipline:
            self.disciplines[discipline].update(hosts.keys())
        for stage, ids in hosts.items():
            for id in ids:
                self.hosts[id][stage] += 1
