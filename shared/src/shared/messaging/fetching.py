"""The adapter between FastStream's reading loop and aiokafka: fetches that fail are known, and lose nothing.

FastStream's documented means begin once a batch has been fetched: parsers, decoders and middlewares see messages. After an error
its loop fetches again, and what other partitions had delivered along with the error is lost. FastStream makes the consumer itself
and takes none from outside. So ``Fetching.watch`` wraps that consumer's ``getmany``, by which the loop fetches. It replaces
nothing else of FastStream.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import ConsumerStoppedError, KafkaError

from shared.contract.envelope import Received, Record
from shared.failures import described
from shared.messaging.inflating import BatchUnreadable

log = structlog.get_logger(__name__)

Unread = Callable[[Record, str], Awaitable[None]]
"""Takes a record of which only its place is known, with the reason."""


_Fetch = Callable[..., Awaitable[dict[TopicPartition, list[Any]]]]


class Fetching:
    """The fetches of one consumer."""

    def __init__(self, label: str, bury: Unread, report: Callable[[Record, str], None]) -> None:
        """``bury`` dead-letters what cannot be decoded, and ``report`` counts and logs it once it is passed over."""
        self.failing = ""
        """Why nothing can be fetched; empty where it can."""
        self._label = label
        self._bury = bury
        self._report = report

    def watch(self, consumer: AIOKafkaConsumer) -> None:
        """See to it that a fetch that fails is known, and loses nothing. To be called once the consumer has started."""
        fetch = consumer.getmany

        async def watched(*partitions: TopicPartition, **options: Any) -> dict[TopicPartition, list[Any]]:
            try:
                fetched: dict[TopicPartition, list[Any]] = await fetch(*partitions, **options)
            except ConsumerStoppedError:
                raise
            except Exception as error:  # noqa: BLE001 - FastStream would go on with what other partitions had lost by it
                self.failing = described(error)
                log.error("fetch_failed", topic=self._label, error=self.failing)
                await asyncio.sleep(1)
                return await self._fetch_again(consumer, fetch, error, options.get("max_records") or 1)
            self.failing = ""
            return fetched

        consumer.getmany = watched

    async def _fetch_again(
        self, consumer: AIOKafkaConsumer, fetch: _Fetch, error: Exception, most: int
    ) -> dict[TopicPartition, list[Any]]:
        """Start again at what is committed: records fetched along with the failure are lost otherwise.

        Where the client could not decode something, what comes before it is returned, at most so many records.
        """
        fetched: dict[TopicPartition, list[Any]] = {}
        for partition in consumer.assignment():
            offset = await consumer.committed(partition)
            if offset is None:
                offset = (await consumer.beginning_offsets([partition]))[partition]
            consumer.seek(partition, offset)
            if most > 0 and not isinstance(error, KafkaError):
                records = await self._decodable(consumer, fetch, partition, offset, most)
                most -= len(records)
                if records:
                    fetched[partition] = records
        return fetched

    async def _decodable(
        self, consumer: AIOKafkaConsumer, fetch: _Fetch, partition: TopicPartition, offset: int, most: int
    ) -> list[Any]:
        """The records of a partition from this offset on, up to one that cannot be decoded, or ``most``.

        Where that is the first, it is dead-lettered and passed over: so one that comes behind others stops nobody either.
        """
        records: list[Any] = []
        at_once = most
        while len(records) < most:
            try:
                batch = (await fetch(partition, timeout_ms=1000, max_records=min(at_once, most - len(records)))).get(partition)
            except KafkaError:
                consumer.seek(partition, offset)
                break
            except Exception as undecodable:  # noqa: BLE001 - whatever the client's decoder raises
                consumer.seek(partition, offset)
                if at_once > 1:
                    at_once //= 2
                    continue
                if not records:
                    await self._pass_over(consumer, partition, offset, undecodable)
                break
            if not batch:
                break
            records += batch
            offset = batch[-1].offset + 1
        return records

    async def _pass_over(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int, undecodable: Exception
    ) -> None:
        """Dead-letter by its place, without its content, a record that the client cannot decode, or a batch that it must not
        inflate, and go on behind it."""
        following = undecodable.next_offset if isinstance(undecodable, BatchUnreadable) else offset + 1
        cause = str(undecodable) if isinstance(undecodable, BatchUnreadable) else type(undecodable).__name__
        record = Received(partition.topic, None, [], partition=partition.partition, offset=offset)
        reason = f"offsets {offset} to {following - 1} cannot be decoded: {cause}"
        await self._bury(record, reason)
        await consumer.commit({partition: following})
        consumer.seek(partition, following)
        self._report(record, reason)
