"""What other services tell: of people, and of occasions that people are told of."""

from datetime import datetime

from shared.contract.envelope import Event
from shared.database.mongo import Tx


def told_at(event: Event, tx: Tx) -> datetime:
    """When the event was: what was long ago, as when a service reads its topics for the first time, is not told as news."""
    return min(event.time, tx.now)
