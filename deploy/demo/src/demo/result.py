"""How a demo ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from demo.attendees import Attendance
from demo.outcome import Outcome
from demo.watch import Snapshot


@dataclass(frozen=True)
class Result:
    """What the conductor found; `missing` says in words what did not arrive, and is empty if all went well."""

    missing: Sequence[str]
    attendance: Attendance
    snapshot: Snapshot
    outcomes: Sequence[Outcome]
    registered_seconds: float  # from the first event published until registration had them all
    seconds: float  # until nothing changed any more: the last mail was in the inbox
