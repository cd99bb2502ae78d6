"""Kafka in: profiles, and what changed in the catalogue."""

from matching.recommendations.use_cases.recommendations import Recommendations
from shared.contract.envelope import Event
from shared.database.mongo import Tx
from shared.messaging.delivery import Handler


def on_candidates(recommendations: Recommendations) -> Handler:
    """Batches of ``registration.profiles`` and ``matching.openings``, all of the same shards."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await recommendations.refresh(events, tx)

    return handle
