"""Kafka in: each topic's batches go to one use case."""

from listings.use_cases import Listings
from shared.delivery import Handler
from shared.envelope import Event
from shared.mongo import Tx


def on_placements(listings: Listings) -> Handler:
    """Batches of ``matching.placements``."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await listings.apply_placements(events, tx)

    return handle
