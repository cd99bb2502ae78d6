"""Kafka in: each topic's batches go to one use case."""

from matching.use_cases.recommendations import Matching
from shared.delivery import Handler
from shared.envelope import Event
from shared.mongo import Tx


def on_listings(matching: Matching) -> Handler:
    """Batches of ``listings.listings``."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await matching.keep_openings(events, tx)

    return handle


def on_candidates(matching: Matching) -> Handler:
    """Batches of ``registration.profiles`` and ``matching.openings``, all of the same shards."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await matching.refresh_candidates(events, tx)

    return handle
