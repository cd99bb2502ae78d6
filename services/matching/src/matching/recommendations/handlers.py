"""Kafka in: attendees' profiles, and the commands to rescore a listing or a conference."""

from matching.recommendations.use_cases.recommendations import Recommendations
from shared.contract.envelope import Event
from shared.database.mongo import Tx
from shared.messaging.delivery import Handler


def on_candidates(recommendations: Recommendations) -> Handler:
    """Apply batches of ``registration.profiles`` and ``matching.rescoring``, whose partitions are the same shards."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await recommendations.refresh(events, tx)

    return handle
