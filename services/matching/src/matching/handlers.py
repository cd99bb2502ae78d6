"""Kafka in: each topic's batches go to one use case."""

from matching.catalogue.use_cases import Keeper
from matching.recommendations.use_cases.recommendations import Recommendations
from shared.contract.envelope import Event
from shared.database.mongo import Tx
from shared.messaging.delivery import Handler


def on_catalogue(keeper: Keeper) -> Handler:
    """Batches of ``listings.listings`` and ``registration.conferences``."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await keeper.keep(events, tx)

    return handle


def on_candidates(recommendations: Recommendations) -> Handler:
    """Batches of ``registration.profiles`` and ``matching.openings``, all of the same shards."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await recommendations.refresh(events, tx)

    return handle
