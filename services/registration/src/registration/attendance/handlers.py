"""Kafka handlers: the batches of each topic go to one use case."""

from registration.attendance.use_cases.event_recorder import EventRecorder
from shared.contract.envelope import Event
from shared.database.mongo import Tx
from shared.messaging.delivery import Handler


def on_attendance(event_recorder: EventRecorder) -> Handler:
    """Handles batches of ``attendance.inbound``."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await event_recorder.record(events, tx)

    return handle
