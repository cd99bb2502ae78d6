"""The adapter to FastStream, by which services read from Kafka.

FastStream makes the consumers, keeps their groups, runs the loop, and stops it. Two documented options of its subscribers are
used for more than decoding: the parser and the decoder here leave records untouched, because FastStream's own parser fails on a
null or undecodable header, and the batch would be skipped silently. One thing has no option: the class of the consumer.
``Broker`` sets it, in the same place as FastStream's own ``TestKafkaBroker`` does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from shared.messaging.batch_applier import LONGEST_PAUSE
from shared.messaging.inflating import bound_inflation
from shared.messaging.kafka_connection import client_options
from shared.messaging.lossless_consumer import FETCH_WAIT_MS, LosslessConsumer
from shared.settings import ServiceSettings

log = structlog.get_logger(__name__)

OnBatch = Callable[[KafkaAckableMessage], Awaitable[None]]
"""Takes a batch as a message whose ``raw_message`` are the records, and acknowledges it."""


class Broker(KafkaBroker):
    """FastStream's broker, whose subscribers read by a ``LosslessConsumer``."""

    def __init__(self, service: str, settings: ServiceSettings) -> None:
        super().__init__(
            settings.kafka_bootstrap_servers,
            client_id=service,
            consumer_only=True,
            graceful_timeout=settings.stop_seconds,
            apply_types=False,
            logger=None,
        )
        self._settings = settings

    async def start(self) -> None:
        """Connect, and start all subscribers."""
        await self.connect()
        config = self.config.broker_config
        connection: dict[str, Any] = config.builder.keywords  # type: ignore[attr-defined] # connecting makes it a ``partial``
        config.builder = partial(LosslessConsumer, **connection | client_options(self._settings))
        await super().start()


def create_broker(service: str, settings: ServiceSettings) -> Broker:
    """The broker by which a service reads."""
    bound_inflation()
    return Broker(service, settings)


def subscribe(
    broker: Broker,
    topics: Iterable[str],
    group: str,
    settings: ServiceSettings,
    on_batch: OnBatch,
    in_hand: asyncio.Lock,
    revoked: Callable[[Iterable[TopicPartition]], None],
) -> Any:
    """FastStream's subscriber to these topics, in batches that are acknowledged by hand.

    Before partitions go to another instance, ``revoked`` is told, and it waits until nobody holds ``in_hand``, the lock of the
    batch in hand.
    """

    async def untouched(records: tuple[Any, ...]) -> KafkaAckableMessage:
        return KafkaAckableMessage(body=b"", raw_message=records, consumer=subscriber.consumer)

    subscriber: Any = broker.subscriber(
        *topics,
        batch=True,
        max_records=settings.batch_records,
        batch_timeout_ms=20,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        group_id=settings.topic_prefix + group,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,
        partition_assignment_strategy=(RangePartitionAssignor,),
        listener=_BatchInHandFirst(in_hand, revoked),
        parser=untouched,
        decoder=_undecoded,
    )
    subscriber(on_batch)
    return subscriber


async def _undecoded(message: KafkaAckableMessage) -> KafkaAckableMessage:
    return message


class _BatchInHandFirst(ConsumerRebalanceListener):  # type: ignore[misc]
    """Lets the current batch finish before its partitions are reassigned, so it is not applied twice at once."""

    def __init__(self, in_hand: asyncio.Lock, revoked: Callable[[Iterable[TopicPartition]], None]) -> None:
        self._in_hand = in_hand
        self._revoked = revoked

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._revoked(revoked)
        try:
            async with asyncio.timeout(LONGEST_PAUSE), self._in_hand:
                pass
        except TimeoutError:
            log.warning("rebalanced_during_batch")

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        log.info("partitions_assigned", partitions=sorted(f"{item.topic}/{item.partition}" for item in assigned))
