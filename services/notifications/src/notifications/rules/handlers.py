"""Kafka in: what leads to mails."""

from notifications.rules.use_cases import MailRules
from shared.contract.envelope import Event
from shared.database.mongo import Tx
from shared.messaging.delivery import Handler


def create_handler(rules: MailRules) -> Handler:
    """Handles batches of listings, applications, placements, rounds, rankings and outcomes."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await rules.apply(events, tx)

    return handle
