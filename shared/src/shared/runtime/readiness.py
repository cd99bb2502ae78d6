"""What a service says of its health: whether a restart would help, and what keeps it from its work."""

import asyncio
from collections.abc import Sequence
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from shared.database.mongo import Database
from shared.messaging.consumer import Consumer
from shared.messaging.outbox import Relay

_ANSWER_SECONDS: Final = 2.0
"""How long a probe waits for the database, and for Kafka."""


def live_faults(consumers: Sequence[Consumer]) -> list[str]:
    """What a restart of the process would help, a sentence for each."""
    return [f"the consumer of {consumer.topics[0].name} is stuck" for consumer in consumers if not consumer.alive]


async def ready_faults(
    database: Database, producer: AIOKafkaProducer | None, relay: Relay | None, consumers: Sequence[Consumer]
) -> list[str]:
    """What keeps the service from its work, a sentence for each. Before its start it has neither producer nor relay."""
    faults = []
    try:
        await asyncio.wait_for(database.ping(), _ANSWER_SECONDS)
    except (PyMongoError, TimeoutError) as error:
        faults.append(f"the database does not answer: {str(error) or f'within {_ANSWER_SECONDS:.0f} s'}")
    else:
        if trouble := database.writes.failing:
            faults.append(f"the database cannot write: {trouble}")
    if producer is None or not await _answers(producer):
        faults.append("Kafka does not answer")
    if trouble := relay.failing if relay else "not started":
        faults.append(f"the outbox cannot be published: {trouble}")
    return faults + [f"the consumer of {consumer.topics[0].name} {consumer.fault}" for consumer in consumers if consumer.fault]


async def _answers(producer: AIOKafkaProducer) -> bool:
    """Whether a broker answers in time."""
    try:
        await asyncio.wait_for(producer.client.fetch_all_metadata(), _ANSWER_SECONDS)
    except (KafkaError, TimeoutError, OSError):
        return False
    return True
