"""How many candidates have each term, and how often each listing is recommended. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CandidateCounts:
    """Counts of the candidates of one or several shards."""

    candidates: int = 0
    held: Mapping[str, int] = field(default_factory=dict)
    """How many candidates have a term, by its key."""
    shown: Mapping[str, int] = field(default_factory=dict)
    """How many lists a listing is in, by its id."""

    def __add__(self, other: "CandidateCounts") -> "CandidateCounts":
        return CandidateCounts(self.candidates + other.candidates, _sum(self.held, other.held), _sum(self.shown, other.shown))


def _sum(counts: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    total = dict(counts)
    for key, count in others.items():
        total[key] = total.get(key, 0) + count
    return total
