"""The participants of a round, and their assignment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Final

MOST: Final = 1_000_000
"""The most seats, and the highest cap or reserve, that a listing may have."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """An attendee with their ranking of listings."""

    id: str
    ranking: tuple[str, ...]
    """Ids of listings, best first, each once. Listings that are not in the round are skipped."""
    discipline: str | None = None
    """The discipline whose cap applies. Without a discipline, no cap applies."""
    lot: int = 0
    """Their place in the round's draw, which decides between applicants of the same rank."""


@dataclass(frozen=True, slots=True)
class Host:
    """A listing in the round: its seats, and its ranking of applicants.

    It takes applicants in the order of its ranking while it has a free seat and their discipline is below its cap (controlled
    choice with type-specific ceilings, Abdulkadiroglu & Sonmez 2003). Before that, in the same order, it takes those whose
    discipline is below its reserve (Hafalir, Yenmez & Yildirim 2013): a minimum, as far as there are enough of them.

    Raises:
        ValueError: seats, a cap or a reserve are not whole numbers from 0 to 1,000,000, a reserve is above its cap, a listing
            under a limit has reserves, or seats revert to the listing itself.
    """

    id: str
    seats: int
    """The number of seats. With 0, it takes nobody, unless seats of another listing revert to it."""
    ranking: tuple[str, ...]
    """Ids of applicants, best first, each once. Nobody else is taken; ids of people who did not apply are skipped. Those on one
    rank are in the order drawn by lot (``break_ties``)."""
    caps: Mapping[str, int] = field(default_factory=dict)
    """The most seats for each discipline. A missing discipline has no cap; a cap of 0 excludes it."""
    reverts_to: str | None = None
    """The listing that gets the unfilled seats. If it is not in the round, the seats stay here."""
    ranks: tuple[int, ...] = ()
    """The rank of each applicant in ``ranking``, from 1 for the best, never falling; empty if no two share one."""
    limit: str | None = None
    """The limit that it shares with other listings, by its id."""
    reserves: Mapping[str, int] = field(default_factory=dict)
    """The seats of each discipline that go to its best applicants first. Those that they do not fill are for all."""

    def __post_init__(self) -> None:
        if not _counts(self.seats):
            raise ValueError(f"listing {self.id!r}: seats must be a whole number from 0 to {MOST:,}, not {self.seats!r}")
        for kind, counts in (("cap", self.caps), ("reserve", self.reserves)):
            for discipline, count in counts.items():
                if not _counts(count):
                    must = f"must be a whole number from 0 to {MOST:,}, not {count!r}"
                    raise ValueError(f"listing {self.id!r}: the {kind} for {discipline!r} {must}")
        for discipline, least in self.reserves.items():
            if least > self.caps.get(discipline, MOST):
                raise ValueError(f"listing {self.id!r}: the reserve for {discipline!r} is above its cap")
        if self.reserves and self.limit is not None:
            raise ValueError(f"listing {self.id!r}: it is under a limit, so it can have no reserves")
        if self.reverts_to == self.id:
            raise ValueError(f"listing {self.id!r}: its unfilled seats cannot revert to itself; name another listing or none")
        if self.ranks and (len(self.ranks) != len(self.ranking) or any(after < rank for rank, after in pairwise(self.ranks))):
            raise ValueError(f"listing {self.id!r}: give a rank for each applicant in its ranking, and none below the one before")


Limits = Mapping[str, int]
"""The most seats that all listings under a limit give together, by the limit's id.

They go to the applicants whom one of these listings ranks highest, whichever it is. ``Applicant.lot`` decides between equals.
If all rank by the same list, this is the student-project allocation problem (SPA-S; Abraham, Irving & Manlove 2007).
"""
NO_LIMITS: Final[Limits] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Couple:
    """Two applicants who prefer seats together to whatever each of them could get alone."""

    members: tuple[str, str]
    pairs: tuple[tuple[str, str], ...]
    """A listing for each member, the best pair first. Both listings are in the round and in their member's ranking."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """The result of a match. Both dictionaries are in the order of their ids, so that equal results are written equally."""

    seats: dict[str, str | None]
    """Each applicant's listing; None without a seat."""
    capacities: dict[str, int]
    """Each listing's seats after unfilled ones reverted."""


def _counts(value: object) -> bool:
    return type(value) is int and 0 <= value <= MOST
