"""Kafka in: each topic's batches go to one use case."""

from registration.use_cases.attendance import Recording
from shared.delivery import Handler
from shared.envelope import Event
from shared.mongo import Tx


def on_attendance(recording: Recording) -> Handler:
    """Batches of ``attendance.inbound``."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await recording.record(events, tx)

    return handle
