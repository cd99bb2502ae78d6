"""Reads topics: a batch is applied in one transaction, then its offsets are committed, never the other way round."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from aiokafka.errors import IllegalStateError, KafkaError
from faststream.kafka.message import KafkaAckableMessage

from shared import tracing
from shared.contract.envelope import Record
from shared.contract.topics import Topic
from shared.database.mongo import Database
from shared.messaging.batch_applier import BatchApplier, Handler, NoteUnapplied, UnappliedRecord
from shared.messaging.consumer_reports import Reports
from shared.messaging.dead_letters import Burial
from shared.messaging.retries import Retries
from shared.messaging.subscribing import Broker, subscribe
from shared.settings import ServiceSettings

STUCK_SECONDS: Final = 300.0
"""A batch without progress for longer than this is stuck: every wait in it has a shorter bound."""


class Consumer:
    """Reads some topics for a service, as one member of a consumer group.

    The same instance reads the partitions with one number of all its topics, one batch after the other.
    """

    def __init__(
        self,
        service: str,
        topics: Sequence[Topic],
        handler: Handler,
        *,
        group: str,
        broker: Broker,
        database: Database,
        settings: ServiceSettings,
        unapplied: NoteUnapplied | None = None,
    ) -> None:
        self.topics = topics
        self.group = group
        by_name = {settings.topic_prefix + topic.name: topic for topic in topics}
        self._applier = BatchApplier(by_name, handler, database.transact, self._bury, settings, unapplied, database.takes_writes)
        self._retries = Retries(group, settings.retry_seconds)
        self._reports = Reports(group, [topic.name for topic in topics], settings.topic_prefix)
        self._burial: Burial | None = None
        self._in_hand = asyncio.Lock()
        self._in_hand_since = 0.0
        self._subscriber = subscribe(broker, by_name, group, settings, self._on_batch, self._in_hand, self._reports.revoked)

    def bury_by(self, burial: Burial) -> None:
        """Call it before the broker starts."""
        self._burial = burial

    async def bury(self, record: Record, reason: str) -> None:
        """Dead-letter a record of its topics that was kept for later and can never be applied."""
        await self._bury(record, reason, 1)
        self._reports.dead_lettered([UnappliedRecord(record, reason)])

    @property
    def alive(self) -> bool:
        """Whether its loop is running; false only if restarting the process would help. It still runs while halted."""
        stepped_at = max(self._in_hand_since, self._applier.stepped_at)
        stuck = self._in_hand_since > 0 and time.monotonic() - stepped_at > STUCK_SECONDS
        return not stuck and any(not task.done() for task in self._subscriber.tasks)

    @property
    def fault(self) -> str:
        """Why it cannot apply records, as the end of a sentence about it; empty if it can."""
        if self._retries.halted:
            return f"halted: {self._retries.halted}"
        if not self._subscriber.running:
            return "does not read"
        if self._subscriber.consumer.failing:
            return f"cannot fetch: {self._subscriber.consumer.failing}"
        return f"makes no progress: {self._retries.failing}" if self._retries.failing else ""

    async def measure_lag(self) -> None:
        """Measure the lag in this instance's partitions."""
        if self._subscriber.consumer:
            await self._reports.measure_lag(self._subscriber.consumer)

    async def _on_batch(self, message: KafkaAckableMessage) -> None:
        records: tuple[Any, ...] = message.raw_message
        began = time.monotonic()
        with suppress(Exception):
            self._reports.received(records)
        try:
            async with self._in_hand:
                self._in_hand_since = began
                try:
                    with tracing.processing(self.group, records):
                        letters = await self._applier.apply(records)
                        # At once: whatever failed or took long in between, such as a log, would have all of it done again.
                        await message.ack()
                finally:
                    self._in_hand_since = 0.0
        except Exception as error:  # noqa: BLE001 - let out, the next ack would commit past this batch
            await self._deliver_again(message, error)
            return
        with suppress(Exception):  # the batch is done, even if reporting that fails
            self._retries.succeeded()
            self._reports.done(records, time.monotonic() - began)
            self._reports.dead_lettered(letters)

    async def _deliver_again(self, message: KafkaAckableMessage, error: Exception) -> None:
        """Pause, then have the batch delivered again, so recovery needs no operator."""
        pause = self._retries.failed(error)
        with suppress(Exception):
            self._retries.report(error, len(message.raw_message), pause)
        until = time.monotonic() + pause
        while self._subscriber.running and (left := until - time.monotonic()) > 0:  # noqa: ASYNC110 - FastStream has no event
            await asyncio.sleep(min(left, 0.2))
        # Fails where the partition went to another instance, which starts at what is committed.
        with suppress(IllegalStateError, KafkaError):
            await message.nack()

    async def _bury(self, record: Record, reason: str, attempts: int) -> None:
        if self._burial is None:
            raise RuntimeError("the consumer has no dead-letter topic for records that cannot be applied")
        await self._burial.bury(record, reason, attempts)
