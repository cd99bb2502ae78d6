"""Kafka in: each topic's batches go to one use case."""

from listings.listings.use_cases import Listings
from shared.contract.envelope import Event
from shared.database.mongo import Tx
from shared.messaging.delivery import Handler


def on_placements(listings: Listings) -> Handler:
    """Batches of ``matching.placements``."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await listings.apply_placements(events, tx)

    return handle
