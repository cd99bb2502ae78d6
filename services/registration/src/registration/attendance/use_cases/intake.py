"""The one way in for attendance that does not come over Kafka: everything becomes an event in ``attendance.inbound``."""

from collections.abc import Iterable

from pydantic import BaseModel

from registration.attendance_event import AttendanceEvent
from shared.contract.envelope import Event, Outgoing, forwarded, pack
from shared.contract.events.attendance import Attendance
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.database.mongo import Tx
from shared.logging import correlation_id


class Intake:
    """Passes attendance on to ``attendance.inbound``: once it is committed it will be recorded like any other."""

    def accept(self, events: Iterable[Event], publisher: str) -> list[Outgoing]:
        """Events as they came, to be passed on; ``publisher`` is the id of the API key that brought them."""
        return [forwarded(event, _key(event.data, event.source), publisher) for event in events]

    def publish(self, events: Iterable[AttendanceEvent], tx: Tx) -> None:
        """Publish events made here."""
        for one in events:
            tx.send(
                pack(
                    one.data,
                    id=one.id,
                    source=one.source,
                    topic=ATTENDANCE_INBOUND.name,
                    key=_key(one.data, one.source),
                    time=one.time,
                    correlation_id=correlation_id.get() or one.id,
                )
            )


def _key(data: BaseModel | None, source: str) -> str:
    """One key for each person, so that their events stay in order."""
    person = data.attendee if isinstance(data, Attendance) else None
    return (person.email or f"{source}/{person.account}") if person else source
