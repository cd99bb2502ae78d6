"""How hosts answer, and how many applications wait for an answer. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from matching.applications.domain.application import Answers

MOST_HOSTS: Final = 5_000
"""The most hosts of a conference that are kept: those that answer worst."""


@dataclass(frozen=True, slots=True)
class HostTally:
    """How a host answers, and how many applications wait for an answer."""

    name: str
    answers: Answers = field(default_factory=Answers)
    waiting: int = 0
    """Applications that it has to answer."""
    soon: int = 0
    """How many of these are due soon."""


@dataclass(frozen=True, slots=True)
class CountedHosts:
    """The hosts of a conference, worst first."""

    as_of: datetime
    hosts: list[HostTally]


def worst_first(tallies: Iterable[HostTally]) -> list[HostTally]:
    """Those that left most people without an answer, then those that have most to answer soon, then most to answer."""
    return sorted(tallies, key=lambda one: (-one.answers.unanswered, -one.soon, -one.waiting, one.name))[:MOST_HOSTS]
