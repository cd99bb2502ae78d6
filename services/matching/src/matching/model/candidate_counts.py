"""What the candidates hold and are shown, counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CandidateCounts:
    """What the candidates hold, and how often each listing stands in their lists."""

    candidates: int = 0
    held: Mapping[str, int] = field(default_factory=dict)
    """Of each term's key, how many candidates have it."""
    shown: Mapping[str, int] = field(default_factory=dict)
    """Of each listing's id, in how many lists it is."""

    def __add__(self, other: "CandidateCounts") -> "CandidateCounts":
        return CandidateCounts(self.candidates + other.candidates, _sum(self.held, other.held), _sum(self.shown, other.shown))


def _sum(some: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    total = dict(some)
    for key, count in others.items():
        total[key] = total.get(key, 0) + count
    return total
