"""Kafka in: listings and conferences."""

from matching.catalogue.use_cases import LiveCatalogue
from shared.contract.envelope import Event
from shared.database.mongo import Tx
from shared.messaging.delivery import Handler


def on_catalogue(live_catalogue: LiveCatalogue) -> Handler:
    """Apply batches of ``listings.listings`` and ``registration.conferences``."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await live_catalogue.apply(events, tx)

    return handle
