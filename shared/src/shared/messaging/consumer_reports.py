"""What a consumer counts and logs about the records that it read."""

import collections
from collections.abc import Sequence
from typing import Any, Final

import structlog
from prometheus_client import Counter

from shared import metrics
from shared.contract.envelope import Record
from shared.messaging.batch_applier import UnappliedRecord
from shared.messaging.lossless_consumer import LosslessConsumer

log = structlog.get_logger(__name__)

_MAX_CORRELATION_ID: Final = 256


class Reports:
    """The metrics and logs of one consumer."""

    def __init__(self, label: str, prefix: str) -> None:
        """``label`` names the consumer; ``prefix`` is that of its topics."""
        self._label = label
        self._prefix = prefix

    def received(self, records: Sequence[Record]) -> None:
        self._count(metrics.RECEIVED, records)

    def done(self, records: Sequence[Record], seconds: float) -> None:
        """A batch is committed; it took so long."""
        self._count(metrics.DONE, records)
        metrics.BATCH_SECONDS.labels(self._label).observe(seconds)

    def dead_lettered(self, letters: Sequence[UnappliedRecord]) -> None:
        """Without the reasons: they may quote an address, which no log may hold."""
        for letter in letters:
            record = letter.record
            topic = record.topic.removeprefix(self._prefix)
            metrics.DEAD_LETTERS.labels(topic).inc()
            log.warning(
                "dead_lettered",
                topic=topic,
                partition=record.partition,
                offset=record.offset,
                correlation_id=_correlation_id(record),
            )

    async def measure_lag(self, consumer: LosslessConsumer) -> None:
        """Set the ``consumer_lag`` gauges of the partitions that this instance has."""
        if not (partitions := consumer.assignment()):
            return
        fetched = {partition: consumer.highwater(partition) for partition in partitions}
        done = await consumer.committed_offsets()
        # Where all that was fetched is done, the next fetch is under way, and tells at once what comes: no need to ask.
        ends = {partition: end for partition, end in fetched.items() if end == done.get(partition, 0)}
        if others := [partition for partition in partitions if partition not in ends]:
            ends |= await consumer.end_offsets(others)
            if unread := [partition for partition in others if partition not in done]:
                done |= await consumer.beginning_offsets(unread)
        for partition, end in ends.items():
            name = partition.topic.removeprefix(self._prefix)
            metrics.LAG.labels(name, str(partition.partition)).set(max(0, end - done.get(partition, 0)))

    def _count(self, counter: Counter, records: Sequence[Record]) -> None:
        for topic, count in collections.Counter(record.topic for record in records).items():
            counter.labels(topic.removeprefix(self._prefix)).inc(count)


def _correlation_id(record: Record) -> str:
    """The beginning of the correlation id that a record names, or else of its event's id."""
    attributes: dict[str, Any] = dict(record.headers)
    value: bytes = attributes.get("ce_correlationid") or attributes.get("ce_id") or b""
    return value[:_MAX_CORRELATION_ID].decode(errors="replace")
