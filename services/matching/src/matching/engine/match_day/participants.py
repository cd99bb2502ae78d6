"""Who takes part in a round, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MOST: Final = 1_000_000
"""The most seats, and the highest cap, of one listing."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """An attendee with their ranking of listings."""

    id: str
    ranking: tuple[str, ...]
    """Listings' ids, best first, each once. What is not in the round is passed over."""
    discipline: str | None = None
    """Which cap they fall under; under none without one."""


@dataclass(frozen=True, slots=True)
class Host:
    """A listing in the round: its seats, and whom it would take.

    It chooses the best of its ranking as long as there is a seat and, for their discipline, room under the cap (controlled
    choice with type-specific ceilings, Abdulkadiroglu & Sonmez 2003). Raises ValueError if seats or a cap are not whole
    numbers from 0 to 1,000,000, or if seats revert to the listing itself.
    """

    id: str
    seats: int
    """0 is allowed: nobody is taken, unless seats of another listing revert to this one."""
    ranking: tuple[str, ...]
    """Applicants' ids, best first, each once. Who is not in it is not taken; who did not apply is passed over."""
    caps: Mapping[str, int] = field(default_factory=dict)
    """The most seats for a discipline. One that is not named has no cap; a cap of 0 shuts its discipline out."""
    reverts_to: str | None = None
    """The listing that gets the seats left unfilled. If that is not in the round, they stay where they are."""

    def __post_init__(self) -> None:
        if not _counts(self.seats):
            raise ValueError(f"listing {self.id!r}: seats must be a whole number from 0 to {MOST:,}, not {self.seats!r}")
        for discipline, most in self.caps.items():
            if not _counts(most):
                raise ValueError(
                    f"listing {self.id!r}: the cap for {discipline!r} must be a whole number from 0 to {MOST:,}, not {most!r}"
                )
        if self.reverts_to == self.id:
            raise ValueError(f"listing {self.id!r}: its unfilled seats cannot revert to itself; name another listing or none")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A matching. Both dictionaries are in the order of their ids, so that one result is always written the same."""

    seats: dict[str, str | None]
    """Each applicant's listing; None for who stayed without."""
    capacities: dict[str, int]
    """Each listing's seats after unfilled ones reverted."""


def _counts(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST
