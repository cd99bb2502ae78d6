"""Reading topics: a batch is applied in one transaction, then its offsets are committed, never the other way round."""

import asyncio
import collections
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from weakref import WeakSet

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from prometheus_client import Counter

from shared import metrics
from shared.backoff import Backoff
from shared.contract.envelope import Record
from shared.contract.topics import Topic
from shared.database.mongo import Database
from shared.failures import described
from shared.messaging.dead_letters import Burial
from shared.messaging.delivery import LONGEST_PAUSE, Delivery, Halted, Handler, OnUnapplied, UnappliedRecord
from shared.messaging.fetching import Fetching
from shared.settings import ServiceSettings

log = structlog.get_logger(__name__)

STUCK_SECONDS = 300.0
"""A batch in hand without a step for longer than this is stuck: every wait in it has a shorter bound."""

LONGEST_HALT = 60.0
"""In seconds, before a halted consumer looks whether the cause has ended."""

_halted = WeakSet["Consumer"]()
_CAUSE_LENGTH = 256


class Consumer:
    """Reads some topics for a service, as one member of a consumer group.

    Partitions of the same number, of all its topics, are read by the same instance, one batch after the other.
    """

    def __init__(
        self,
        service: str,
        topics: Sequence[Topic],
        handler: Handler,
        *,
        group: str,
        broker: KafkaBroker,
        database: Database,
        settings: ServiceSettings,
        unapplied: OnUnapplied | None = None,
    ) -> None:
        self.topics = topics
        self.halted = ""
        """Why it applies nothing, which needs an operator; empty where it does. It tries again, and ends with its cause."""
        self.failing = ""
        """The trouble for which its batch is delivered again; empty once one went well."""
        self._settings = settings
        by_name = {settings.topic_prefix + topic.name: topic for topic in topics}
        self._delivery = Delivery(by_name, handler, database.transact, self._bury, settings, unapplied, database.works)
        self._label = topics[0].name
        self._fetching = Fetching(
            self._label, self._bury_unread, lambda record, reason: self._report([UnappliedRecord(record, reason)])
        )
        self._burial: Burial | None = None
        self._in_hand = asyncio.Lock()
        self._in_hand_since = 0.0
        self._failed_in_a_row = 0
        self._subscriber: Any = broker.subscriber(
            *by_name,
            batch=True,
            max_records=settings.batch_records,
            batch_timeout_ms=20,
            fetch_max_wait_ms=100,
            group_id=settings.topic_prefix + group,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            partition_assignment_strategy=(RangePartitionAssignor,),
            listener=_WaitForBatch(self._in_hand, settings.topic_prefix),
            # FastStream's own parser fails on a null or undecodable header, and the batch would be skipped silently.
            parser=self._untouched,
            decoder=_message,
        )
        self._subscriber(self._on_batch)

    def bury_by(self, burial: Burial) -> None:
        """To be called before the broker starts."""
        self._burial = burial

    async def bury(self, record: Record, reason: str) -> None:
        """Dead-letter a record of its topics that was kept to be applied later, and cannot be."""
        await self._bury(record, reason, 1)
        self._report([UnappliedRecord(record, reason)])

    @property
    def running(self) -> bool:
        """Whether it reads: started, and not stopped."""
        return bool(self._subscriber.running)

    @property
    def alive(self) -> bool:
        """Whether its loop goes round: false only where a restart of the process would help. Halted, it still goes round."""
        stepped_at = max(self._in_hand_since, self._delivery.stepped_at)
        stuck = self._in_hand_since > 0 and time.monotonic() - stepped_at > STUCK_SECONDS
        return not stuck and any(not task.done() for task in self._subscriber.tasks)

    @property
    def fault(self) -> str:
        """What keeps it from applying records, as the end of a sentence about it; empty where nothing does."""
        if self.halted:
            return f"halted: {self.halted}"
        if not self.running:
            return "does not read"
        if self._fetching.failing:
            return f"cannot fetch: {self._fetching.failing}"
        return f"makes no progress: {self.failing}" if self.failing else ""

    def watch_fetching(self) -> None:
        """See to it that a fetch that fails is known, and loses nothing. To be called once the broker has started."""
        self._fetching.watch(self._subscriber.consumer)

    async def measure_lag(self) -> None:
        """Set the ``consumer_lag`` gauges of the partitions that this instance has."""
        consumer: AIOKafkaConsumer | None = self._subscriber.consumer
        if consumer is None or not (partitions := consumer.assignment()):
            return
        ends = await consumer.end_offsets(partitions)
        begins = await consumer.beginning_offsets(partitions)
        for partition, end in ends.items():
            done = await consumer.committed(partition) or begins[partition]
            name = partition.topic.removeprefix(self._settings.topic_prefix)
            metrics.LAG.labels(name, str(partition.partition)).set(max(0, end - done))

    async def _untouched(self, records: tuple[Any, ...]) -> KafkaAckableMessage:
        return KafkaAckableMessage(body=b"", raw_message=records, consumer=self._subscriber.consumer)

    async def _on_batch(self, message: KafkaAckableMessage) -> None:
        records: tuple[Any, ...] = message.raw_message
        began = time.monotonic()
        with suppress(Exception):
            self._count(metrics.RECEIVED, records)
        try:
            async with self._in_hand:
                self._in_hand_since = began
                try:
                    letters = await self._delivery.apply(records)
                    # At once: whatever failed or took long in between, such as a log, would have all of it done again.
                    await message.ack()
                finally:
                    self._in_hand_since = 0.0
        except Exception as error:  # noqa: BLE001 - let out, the next ack would commit past this batch
            await self._deliver_again(message, error)
            return
        with suppress(Exception):  # the batch is done, whether or not that can be told
            self._went_well()
            self._count(metrics.DONE, records)
            metrics.BATCH_SECONDS.labels(self._label).observe(time.monotonic() - began)
            self._report(letters)

    def _count(self, counter: Counter, records: tuple[Any, ...]) -> None:
        for topic, count in collections.Counter(record.topic for record in records).items():
            counter.labels(topic.removeprefix(self._settings.topic_prefix)).inc(count)

    def _went_well(self) -> None:
        self._failed_in_a_row, self.failing = 0, ""
        if self.halted:
            self._halt("")
            log.info("consumer_goes_on", topic=self._label)

    def _halt(self, reason: str) -> None:
        self.halted = reason
        (_halted.add if reason else _halted.discard)(self)
        metrics.HALTED.set(len(_halted))

    async def _deliver_again(self, message: KafkaAckableMessage, error: Exception) -> None:
        """Pause, longer each time, and have the batch come again. A cause that has ended is found so, without an operator."""
        halted = isinstance(error, Halted)
        self._failed_in_a_row += 1
        first, longest = self._settings.retry_seconds, LONGEST_HALT if halted else LONGEST_PAUSE
        pause = Backoff(timedelta(seconds=first), timedelta(seconds=longest)).pause(self._failed_in_a_row).total_seconds()
        with suppress(Exception):
            metrics.RETRIES.labels(self._label).inc()
            self._report_failure(error, len(message.raw_message), pause)
        until = time.monotonic() + pause
        while self._subscriber.running and (left := until - time.monotonic()) > 0:  # noqa: ASYNC110 - FastStream has no event
            await asyncio.sleep(min(left, 0.2))
        # Fails where the partition went to another instance, which starts at what is committed.
        with suppress(IllegalStateError, KafkaError):
            await message.nack()

    def _report_failure(self, error: Exception, records: int, pause: float) -> None:
        if isinstance(error, Halted):
            if not self.halted:
                log.critical("consumer_halted", topic=self._label, reason=str(error))
            self._halt(str(error))
        self.failing = described(error)
        log.warning("batch_delivered_again", topic=self._label, records=records, pause=pause, error=self.failing)

    async def _bury(self, record: Record, reason: str, attempts: int, *, unread: bool = False) -> None:
        if self._burial is None:
            raise RuntimeError("the consumer runs with nowhere to bury what cannot be applied")
        await self._burial.bury(record, reason, attempts, unread=unread)

    async def _bury_unread(self, record: Record, reason: str) -> None:
        await self._bury(record, reason, 1, unread=True)

    def _report(self, letters: Sequence[UnappliedRecord]) -> None:
        """Count and log what was dead-lettered. Without the reasons: they may quote an address, which no log may hold."""
        for letter in letters:
            record = letter.record
            topic = record.topic.removeprefix(self._settings.topic_prefix)
            metrics.DEAD_LETTERS.labels(topic).inc()
            log.warning(
                "dead_lettered", topic=topic, partition=record.partition, offset=record.offset, correlation_id=_cause(record)
            )


def _cause(record: Record) -> str:
    """The beginning of the correlation id that the record gives, or of its id."""
    attributes = {name: value for name, value in record.headers if value and name in ("ce_correlationid", "ce_id")}
    cause = attributes.get("ce_correlationid") or attributes.get("ce_id") or b""
    return cause[:_CAUSE_LENGTH].decode(errors="replace")


async def _message(message: KafkaAckableMessage) -> KafkaAckableMessage:
    return message


class _WaitForBatch(ConsumerRebalanceListener):  # type: ignore[misc]
    """Lets the batch in hand end before its partitions go elsewhere, so that it is not applied twice at once."""

    def __init__(self, in_hand: asyncio.Lock, prefix: str) -> None:
        self._in_hand = in_hand
        self._prefix = prefix

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        for partition in revoked:  # the instance that has them next says how far it is
            with suppress(KeyError):
                metrics.LAG.remove(partition.topic.removeprefix(self._prefix), str(partition.partition))
        try:
            async with asyncio.timeout(LONGEST_PAUSE), self._in_hand:
                pass
        except TimeoutError:
            log.warning("rebalanced_during_batch")

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        log.info("partitions_assigned", partitions=sorted(f"{item.topic}/{item.partition}" for item in assigned))
