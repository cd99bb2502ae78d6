"""A consumer's metrics and logs about the records it has read."""

import collections
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from aiokafka import TopicPartition
from prometheus_client import Counter

from shared import clock, metrics
from shared.contract.envelope import Record
from shared.messaging.batch_applier import UnappliedRecord
from shared.messaging.lossless_consumer import LosslessConsumer

log = structlog.get_logger(__name__)

_MAX_CORRELATION_ID: Final = 256


class Reports:
    """The metrics and logs of one consumer."""

    def __init__(self, group: str, topics: Iterable[str], prefix: str) -> None:
        """``group`` names the consumer; ``prefix`` is what the names of its topics begin with on the broker."""
        for topic in topics:  # a counter that begins with its first increase would hide it
            for counter in (metrics.RECEIVED, metrics.DONE, metrics.DEAD_LETTERS):
                counter.labels(group, topic)
        self._group = group
        self._prefix = prefix
        self._waiting: dict[TopicPartition, datetime] = {}
        """Since when the oldest record of each partition has waited; only partitions with waiting records."""
        self._all_done: dict[TopicPartition, int | None] = {}
        """Up to where fetches had told of records when all of them were done, unless some were received since."""

    def received(self, records: Sequence[Record]) -> None:
        self._all_done = {}
        self._count(metrics.RECEIVED, records)
        now = clock.now()
        oldest: dict[TopicPartition, datetime] = {}
        for record in records:
            # What cannot be decoded has no time.
            timestamp: int = getattr(record, "timestamp", None) or 0
            if timestamp > 0:
                # By the time on the wall, which is Kafka's: that of ``clock`` may be set.
                waits_since = now - timedelta(seconds=max(0.0, time.time() - timestamp / 1000))
                partition = TopicPartition(record.topic, record.partition)
                oldest[partition] = min(oldest.get(partition, waits_since), waits_since)
        self._waiting |= oldest

    def done(self, records: Sequence[Record], seconds: float) -> None:
        """Count a committed batch and its duration."""
        self._count(metrics.DONE, records)
        metrics.BATCH_SECONDS.labels(self._group).observe(seconds)

    def dead_lettered(self, letters: Sequence[UnappliedRecord]) -> None:
        """Without the reasons: they may quote an address, which no log may hold."""
        for letter in letters:
            record = letter.record
            topic = record.topic.removeprefix(self._prefix)
            metrics.DEAD_LETTERS.labels(self._group, topic).inc()
            log.warning(
                "dead_lettered",
                topic=topic,
                partition=record.partition,
                offset=record.offset,
                correlation_id=_correlation_id(record),
            )

    async def measure_lag(self, consumer: LosslessConsumer) -> None:
        """Set the gauges of the lag in this instance's partitions."""
        if not (partitions := consumer.assignment()):
            return
        fetched = {partition: consumer.highwater(partition) for partition in partitions}
        if fetched == self._all_done:
            return  # nothing has come since: no need to ask
        done = await consumer.committed_offsets()
        # Where all that was fetched is done, the next fetch is under way, and tells at once what comes: no need to ask.
        ends = {partition: end for partition, end in fetched.items() if end == done.get(partition, 0)}
        if others := [partition for partition in partitions if partition not in ends]:
            ends |= await consumer.end_offsets(others)
            if unread := [partition for partition in others if partition not in done]:
                done |= await consumer.beginning_offsets(unread)
        self._all_done = fetched if not others else {}
        for partition, end in ends.items():
            name = partition.topic.removeprefix(self._prefix)
            lag = max(0, end - done.get(partition, 0))
            metrics.LAG.labels(self._group, name, str(partition.partition)).set(lag)
            if lag:
                self._waiting.setdefault(partition, clock.now())  # none of them has been fetched yet
            else:
                self._waiting.pop(partition, None)
        self._measure_age({partition.topic for partition in partitions})

    def revoked(self, partitions: Iterable[TopicPartition]) -> None:
        """Another instance now reports on these partitions."""
        for partition in partitions:
            self._waiting.pop(partition, None)
            with suppress(KeyError):
                metrics.LAG.remove(self._group, partition.topic.removeprefix(self._prefix), str(partition.partition))
        self._measure_age({partition.topic for partition in partitions})

    def _measure_age(self, topics: Iterable[str]) -> None:
        for topic in topics:
            waiting = [since for partition, since in self._waiting.items() if partition.topic == topic]
            metrics.LAG_AGE.waits_since(min(waiting, default=None), self._group, topic.removeprefix(self._prefix))

    def _count(self, counter: Counter, records: Sequence[Record]) -> None:
        for topic, count in collections.Counter(record.topic for record in records).items():
            counter.labels(self._group, topic.removeprefix(self._prefix)).inc(count)


def _correlation_id(record: Record) -> str:
    """The beginning of the correlation id that a record names, or else of its event's id."""
    attributes: dict[str, Any] = dict(record.headers)
    value: bytes = attributes.get("ce_correlationid") or attributes.get("ce_id") or b""
    return value[:_MAX_CORRELATION_ID].decode(errors="replace")
