"""Kafka in: each topic's batches go to one use case."""

from registration.use_cases import Registration
from shared.delivery import Handler
from shared.envelope import Event
from shared.mongo import Tx


def on_attendance(registration: Registration) -> Handler:
    """Batches of ``attendance.inbound``."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await registration.record_attendance(events, tx)

    return handle
