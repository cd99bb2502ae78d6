"""Kafka in: contacts of attendees and staff, and recommendations."""

from notifications.contacts.use_cases import ContactUpdates
from shared.contract.envelope import Event
from shared.database.mongo import Tx
from shared.messaging.delivery import Handler


def create_handler(updates: ContactUpdates) -> Handler:
    """Handles batches of ``registration.contacts``, ``listings.contacts`` and ``matching.recommendations``."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await updates.apply(events, tx)

    return handle
