"""An attendance event that registration makes itself, from another system or a file."""

from dataclasses import dataclass
from datetime import datetime

from shared.contract.events.attendance import Attendance, Reverted


@dataclass(frozen=True, slots=True)
class AttendanceEvent:
    """An event to be published to ``attendance.inbound``. No two events of a source have the same id."""

    source: str
    id: str
    time: datetime
    data: Attendance | Reverted
