"""Objects of other systems (an order, an attendee, a profile): what was seen of them, and the facts that stand by it.

What a system tells arrives late, twice and in any order. So an object is kept as parts, each with a rank: of two versions of
a part the one of the higher rank stays, whichever came first. The facts that stand are worked out from the parts alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from shared.contract.events.attendance import CheckedIn, Left, SessionAttended

MOST_PARTS: Final = 1_500
MOST_BYTES: Final = 2 * 1024 * 1024
"""Of all parts of one object, as JSON."""
MOST_PUBLISHED: Final = 10_000
"""Events of one object, most of them reverted again."""


class Overfull(Exception):
    """An object of which more is told than is kept of one."""


@dataclass(frozen=True, slots=True)
class ObservedPart:
    """One part of an object as it was seen. ``data`` is plain JSON. Ranks are compared as texts."""

    name: str
    rank: str
    data: dict[str, Any]

    def replaces(self, other: "ObservedPart") -> bool:
        """Whether this is the version to keep. Of two of one rank always the same one is, for no better reason."""
        return (self.rank, _json(self.data)) > (other.rank, _json(other.data))


@dataclass(frozen=True, slots=True)
class Observation:
    """What one webhook or one answer of a system's API says of an object."""

    object_id: str
    parts: tuple[ObservedPart, ...]
    cause: str = ""
    """The correlation id of what it leads to."""


@dataclass(frozen=True, slots=True)
class ObservedAttendance:
    """What stands by an object's state: attendance, or that somebody left. ``name`` is its own within the object: made of the
    system's ids."""

    name: str
    at: datetime
    data: CheckedIn | SessionAttended | Left


@dataclass(frozen=True, slots=True)
class AttendanceChange:
    """What an object's attendance differs by from what was published of it."""

    added: list[tuple[str, ObservedAttendance]]
    """New facts, with the ids of their events."""
    reverted: list[str]
    """The ids of the events whose facts stand no more."""
    pending: str = ""
    """What one of the facts waits for, and so is not added yet; empty where none does."""


@dataclass(slots=True)
class ObservedObject:
    """An object of a connection's system, and what was published of it: each event's id, and whether its fact stands."""

    id: str
    connection_id: str
    parts: dict[str, ObservedPart] = field(default_factory=dict)
    published: dict[str, bool] = field(default_factory=dict)

    def fold(self, parts: Iterable[ObservedPart]) -> bool:
        """Take over what is newer. Returns whether anything was.

        Raises:
            Overfull: it would have more than is kept of one object. It stays as it was.
        """
        newer = {part.name: part for part in parts if part.name not in self.parts or part.replaces(self.parts[part.name])}
        if not newer:
            return False
        folded = self.parts | newer
        if len(folded) > MOST_PARTS or len(self.published) > MOST_PUBLISHED:
            raise Overfull(f"the object {self.id} has changed more often than any real one; no more is kept of it")
        if sum(len(_json(part.data)) for part in folded.values()) > MOST_BYTES:
            raise Overfull(f"the object {self.id} has more than {MOST_BYTES:,} bytes, which are the most that is kept of one")
        self.parts = folded
        return True

    def reconcile(
        self,
        facts: Iterable[ObservedAttendance],
        digest: Callable[[bytes], str],
        lacks: Callable[[ObservedAttendance], str] = lambda _: "",
    ) -> AttendanceChange:
        """Make what is published agree with these facts, which are all that stand.

        ``digest`` tells two versions of a fact apart and does not give away what it is made of. A changed fact (an address
        was corrected) is another event: the old one is reverted. As a reverted id stays so for ever, a fact that stands
        again has a number behind its id. ``lacks`` names what a fact refers to that is not known yet: that fact is added later.
        """
        added, standing, pending = [], set(), ""
        for fact in facts:
            name = f"{self.id}/{fact.name}/{digest(_json([fact.at.isoformat(), fact.data.model_dump_json()]))}"
            id, number = name, 1
            while self.published.get(id) is False:
                number += 1
                id = f"{name}/{number}"
            if id not in self.published and id not in standing:
                if lacked := lacks(fact):
                    pending = pending or lacked
                    continue
                added.append((id, fact))
            standing.add(id)
        reverted = [id for id, stands in self.published.items() if stands and id not in standing]
        self.published |= dict.fromkeys(reverted, False) | dict.fromkeys(standing, True)
        return AttendanceChange(added, reverted, pending)


def moment(at: datetime) -> str:
    """A time as a rank: of two, the later is the greater text."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
