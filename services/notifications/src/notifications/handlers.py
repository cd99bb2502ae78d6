"""Kafka in: each topic's batches go to one use case."""

from notifications.use_cases.learning.occasions import OccasionLearning
from notifications.use_cases.learning.people import PeopleLearning
from shared.delivery import Handler
from shared.envelope import Event
from shared.mongo import Tx


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
