"""Kafka in: each topic's batches go to one use case."""

from notifications.contacts.use_cases import PeopleLearning
from notifications.rules.use_cases import OccasionLearning
from shared.contract.envelope import Event
from shared.database.mongo import Tx
from shared.messaging.delivery import Handler


def on_people(learning: PeopleLearning) -> Handler:
    """Batches of ``registration.contacts``, ``listings.contacts`` and ``matching.recommendations``."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await learning.apply(events, tx)

    return handle


def on_occasions(learning: OccasionLearning) -> Handler:
    """Batches of listings, applications, placements, rounds, rankings and outcomes."""

    async def handle(events: list[Event], tx: Tx) -> None:
        await learning.apply(events, tx)

    return handle
