"""The result of a demo."""

from collections.abc import Sequence
from dataclasses import dataclass

from demo.attendees import Attendance
from demo.outcome import Outcome
from demo.watch import Snapshot


@dataclass(frozen=True)
class Result:
    """What the demo found. `missing` says what did not arrive; it is empty if all went well."""

    missing: Sequence[str]
    attendance: Attendance
    snapshot: Snapshot
    outcomes: Sequence[Outcome]
    registered_seconds: float  # from the first published event until registration had applied all
    seconds: float  # until nothing changed any more, and the last mail was in the inbox
