"""The time that somebody's placements take, and which others they rule out. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

HOURS: Final = 40
"""The weekly hours of somebody who states none."""


class Commitment(NamedTuple):
    """The time a placement takes, both days included."""

    starts: date | None = None
    """None: unknown, so it may have begun at any time."""
    ends: date | None = None
    """None: unknown, so it may last for ever."""
    hours_per_week: int | None = None
    """None: unknown, so it may take all of the hours."""

    @property
    def first(self) -> date:
        return self.starts or date.min

    @property
    def last(self) -> date:
        return self.ends or date.max

    def includes(self, day: date) -> bool:
        return self.first <= day <= self.last


def clashing(new: Commitment, held: Mapping[str, Commitment], hours: int | None = None) -> list[str]:
    """The ids of the person's commitments that rule out the new one; none if it fits in with all of them.

    On no day may they add up to more than the person's ``hours`` a week (None: ``HOURS``).
    """
    available = HOURS if hours is None else hours
    # The sum is largest on a day on which one of them begins.
    days = {new.first} | {one.first for one in held.values() if new.includes(one.first)}
    clashes: set[str] = set()
    for day in days:
        then = {id: one for id, one in held.items() if one.includes(day)}
        wanted = [one.hours_per_week for one in (new, *then.values())]
        if then and (None in wanted or sum(filter(None, wanted)) > available):
            clashes |= then.keys()
    return sorted(clashes)
