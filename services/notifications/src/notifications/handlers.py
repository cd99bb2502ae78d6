"""Kafka in: each topic's batches go to one use case."""

from notifications.use_cases import Notifications
from shared.delivery import Handler
from shared.envelope import Event
from shared.mongo import Tx


def on_contacts_and_recommendations(notifications: Notifications) -> Handler:
    """Batches of ``registration.contacts`` and ``matching.recommendations``."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await notifications.apply(events, tx)

    return handle
