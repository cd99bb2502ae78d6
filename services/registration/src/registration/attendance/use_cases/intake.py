"""Publishes attendance received other than over Kafka to ``attendance.inbound``, so that all attendance takes one path."""

from collections.abc import Iterable

from pydantic import BaseModel

from registration.attendance_event import AttendanceEvent
from shared.contract.envelope import Event, Outgoing, forwarded, pack
from shared.contract.events.attendance import Attendance
from shared.contract.topics import ATTENDANCE_INBOUND
from shared.database.mongo import Tx
from shared.logging import correlation_id


class Intake:
    """Publishes attendance to ``attendance.inbound``. Once it is committed, it will be recorded."""

    def accept(self, events: Iterable[Event], publisher: str) -> list[Outgoing]:
        """Events as they arrived, to be published; ``publisher`` is the id of the API key that sent them."""
        return [forwarded(event, _key(event.data, event.source), publisher) for event in events]

    def publish(self, events: Iterable[AttendanceEvent], tx: Tx) -> None:
        """Publish events that registration made."""
        for event in events:
            tx.send(
                pack(
                    event.data,
                    id=event.id,
                    source=event.source,
                    topic=ATTENDANCE_INBOUND.name,
                    key=_key(event.data, event.source),
                    time=event.time,
                    correlation_id=correlation_id.get() or event.id,
                )
            )


def _key(data: BaseModel | None, source: str) -> str:
    """The Kafka key: one for each person, so that their events stay in order."""
    person = data.attendee if isinstance(data, Attendance) else None
    return (person.email or f"{source}/{person.account}") if person else source
