"""Objects of other systems (an order, an attendee, a profile): what was observed of them, and the attendance that follows.

Observations arrive late, twice and in any order. So an object is stored as parts, each with a rank. Of two versions of a part,
the one with the higher rank stays, whichever came first. The attendance that stands is worked out from the parts alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from shared.contract.events.attendance import CheckedIn, Left, SessionAttended

MAX_PARTS: Final = 1_500
MAX_BYTES: Final = 2 * 1024 * 1024
"""The maximum size of all parts of one object, as JSON."""
MAX_PUBLISHED: Final = 10_000
"""The most events of one object, including reverted ones."""


class ObjectTooLarge(Exception):
    """The object has more data than is stored for one object."""


@dataclass(frozen=True, slots=True)
class ObservedPart:
    """One part of an object as it was observed. ``data`` is plain JSON. Ranks are compared as texts."""

    name: str
    rank: str
    data: dict[str, Any]

    def replaces(self, other: "ObservedPart") -> bool:
        """Whether this version is to be kept. Of two with the same rank it is always the same one, whatever their order."""
        return (self.rank, _json(self.data)) > (other.rank, _json(other.data))


@dataclass(frozen=True, slots=True)
class Observation:
    """The content of one webhook, or one API response, about an object."""

    object_id: str
    parts: tuple[ObservedPart, ...]
    cause: str = ""
    """The correlation id of the events that follow from it."""


@dataclass(frozen=True, slots=True)
class ObservedAttendance:
    """Attendance, or a departure, that stands by an object's state.

    ``name`` is made from the system's ids and unique within the object.
    """

    name: str
    at: datetime
    data: CheckedIn | SessionAttended | Left


@dataclass(frozen=True, slots=True)
class AttendanceChange:
    """The difference between an object's attendance and what was published of it."""

    added: list[tuple[str, ObservedAttendance]]
    """New facts, with the ids of their events."""
    reverted: list[str]
    """The ids of the events whose facts no longer stand."""
    pending: str = ""
    """What one of the facts waits for, if it cannot be added yet; else empty."""


@dataclass(slots=True)
class ObservedObject:
    """An object of a connection's system, and what was published of it: each event's id, and whether its fact stands."""

    id: str
    connection_id: str
    parts: dict[str, ObservedPart] = field(default_factory=dict)
    published: dict[str, bool] = field(default_factory=dict)

    def update(self, parts: Iterable[ObservedPart]) -> bool:
        """Adopt the parts that are newer. Returns whether any were.

        Raises:
            ObjectTooLarge: it would exceed the limits of one object. It stays as it was.
        """
        newer = {part.name: part for part in parts if part.name not in self.parts or part.replaces(self.parts[part.name])}
        if not newer:
            return False
        updated = self.parts | newer
        if len(updated) > MAX_PARTS or len(self.published) > MAX_PUBLISHED:
            raise ObjectTooLarge(f"the object {self.id} has changed more often than any real one; it is not changed again")
        if sum(len(_json(part.data)) for part in updated.values()) > MAX_BYTES:
            raise ObjectTooLarge(f"the object {self.id} has more than {MAX_BYTES:,} bytes, the most that is stored of one object")
        self.parts = updated
        return True

    def reconcile(
        self,
        facts: Iterable[ObservedAttendance],
        digest: Callable[[bytes], str],
        waits_for: Callable[[ObservedAttendance], str] = lambda _: "",
    ) -> AttendanceChange:
        """What to publish and revert, so that exactly these facts stand.

        A changed fact, such as one with a corrected address, is another event, and the old event is reverted. A reverted id
        cannot be used again, so a fact that stands again gets an id with a number at its end.

        ``digest`` hashes a fact's content so that the content cannot be guessed. ``waits_for`` says which conference or session
        of a fact is not known yet; such a fact is added later.
        """
        added, standing, pending = [], set(), ""
        for fact in facts:
            name = f"{self.id}/{fact.name}/{digest(_json([fact.at.isoformat(), fact.data.model_dump_json()]))}"
            id, number = name, 1
            while self.published.get(id) is False:
                number += 1
                id = f"{name}/{number}"
            if id not in self.published and id not in standing:
                if missing := waits_for(fact):
                    pending = pending or missing
                    continue
                added.append((id, fact))
            standing.add(id)
        reverted = [id for id, stands in self.published.items() if stands and id not in standing]
        self.published |= dict.fromkeys(reverted, False) | dict.fromkeys(standing, True)
        return AttendanceChange(added, reverted, pending)


def moment(at: datetime) -> str:
    """A time as a rank: a later time is a greater text."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
