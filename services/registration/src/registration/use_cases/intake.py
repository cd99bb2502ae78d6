"""The one way in for attendance that does not come over Kafka: every door ends in an event of ``attendance.inbound``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from shared.envelope import Event, pack
from shared.events.attendance import CheckedIn, PersonMet, Reverted, SessionAttended
from shared.logging import correlation_id
from shared.mongo import Tx
from shared.topics import ATTENDANCE_INBOUND


@dataclass(frozen=True, slots=True)
class Statement:
    """An attendance event made here, of what another system told or a file held."""

    source: str
    id: str
    time: datetime
    data: CheckedIn | SessionAttended | PersonMet | Reverted


class Intake:
    """Passes attendance on to ``attendance.inbound``: once it is committed it will be recorded like any other."""

    def accept(self, events: Iterable[Event], tx: Tx) -> None:
        """Pass on events as they came."""
        for event in events:
            tx.forward(event, _key(event.data, event.source))

    def state(self, statements: Iterable[Statement], tx: Tx) -> None:
        """Publish events made here."""
        for one in statements:
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
    """What is said of one person stays in order: it gets one key."""
    person = data.attendee if isinstance(data, CheckedIn | SessionAttended | PersonMet) else None
    return (person.email or f"{source}/{person.account}") if person else source
