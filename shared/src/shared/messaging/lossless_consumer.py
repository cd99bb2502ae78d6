"""Fetching from Kafka without losing a record: neither where a fetch fails, nor where one record cannot be decoded.

aiokafka advances its position while it decodes. If a later record of the same fetch cannot be decoded, or the connection fails,
then the records before it are lost to whoever fetches again. ``LosslessConsumer`` starts again at the committed offsets instead,
and returns what cannot be decoded as an ``UndecodableRecord``, which is dead-lettered like any other bad record.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import ConsumerStoppedError, KafkaError

from shared.messaging.inflating import BatchUnreadable
from shared.transient_errors import described

log = structlog.get_logger(__name__)

Fetched = dict[TopicPartition, list[Any]]

FETCH_WAIT_MS: Final = 100
"""How long Kafka holds a fetch back that finds nothing. A partition whose records were just read waits so long for its turn."""
_IDLE_FETCH_WAIT_MS: Final = 1000
"""The same where nothing came for a while: then all partitions are in the fetch that waits, which ends when a record comes."""
GATHER_SECONDS: Final = 0.2
"""How long after a fetch that found few records the next one is: what comes meanwhile is applied in one transaction. The first
record after a quiet time waits for nothing, and where there are many, no fetch does.
"""
_FIND_MS: Final = 3 * _IDLE_FETCH_WAIT_MS
"""How long to wait for a record that is known to be there. An earlier fetch, which does not ask for it, may have to end first."""
_WAIT_MS: Final = 1000
"""How long to wait for a record. FastStream sleeps for as long as it asked to wait if there was none, and does not see what comes
meanwhile: so it asks for a short time, and the wait is here.
"""


@dataclass(frozen=True, slots=True)
class UndecodableRecord:
    """In the place of a record, or of a whole batch of them, that cannot be decoded: only the place and the reason are known."""

    topic: str
    partition: int
    offset: int
    reason: str
    key: bytes | None = None
    value: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()


class LosslessConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """aiokafka's consumer, whose ``getmany`` loses nothing. It expects offsets to be committed by hand."""

    failing = ""
    """Why nothing can be fetched; empty once a fetch succeeded."""
    _gathered_at = 0.0
    """When records have gathered for long enough, by the monotonic clock."""

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None) -> Fetched:
        """Fetch records, as aiokafka does. A fetch that fails returns nothing, or what can be decoded."""
        await asyncio.sleep(max(0.0, self._gathered_at - time.monotonic()))
        try:
            fetched = await self._fetch(*partitions, timeout_ms=max(timeout_ms, _WAIT_MS), max_records=max_records)
        except ConsumerStoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - a decoder may raise anything
            self.failing = described(error)
            log.error("fetch_failed", topics=sorted(self.subscription()), error=self.failing)
            await asyncio.sleep(1)
            return await self._fetch_again(0 if isinstance(error, KafkaError) else max_records or 1)
        self.failing = ""
        self._hold_back_fetches(FETCH_WAIT_MS if fetched else _IDLE_FETCH_WAIT_MS)
        if 0 < sum(map(len, fetched.values())) < (max_records or 1):
            self._gathered_at = time.monotonic() + GATHER_SECONDS
        return fetched

    async def committed_offsets(self) -> dict[TopicPartition, int]:
        """The committed offset of each assigned partition that has one, by one request: ``committed`` makes one for each."""
        found = await self._coordinator.fetch_committed_offsets(list(self.assignment()))
        return {partition: committed.offset for partition, committed in found.items() if committed.offset >= 0}

    def _hold_back_fetches(self, milliseconds: int) -> None:
        self._fetcher._fetch_max_wait_ms = milliseconds  # noqa: SLF001 - aiokafka reads it for each fetch, and offers no other way

    async def _fetch(self, *partitions: TopicPartition, timeout_ms: int, max_records: int | None) -> Fetched:
        fetched: Fetched = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        return fetched

    async def _fetch_again(self, limit: int) -> Fetched:
        """Start again at the committed offsets, and return at most ``limit`` records from there."""
        self._hold_back_fetches(FETCH_WAIT_MS)
        fetched: Fetched = {}
        starts = await self.committed_offsets()
        partitions = [*self.assignment()]
        if unread := [partition for partition in partitions if partition not in starts]:
            starts |= await self.beginning_offsets(unread)
        ends = await self.end_offsets(partitions) if limit else {}
        for partition in partitions:
            self.seek(partition, starts[partition])
            if limit and (records := await self._fetch_decodable(partition, starts[partition], ends[partition], limit)):
                fetched[partition] = records
                limit -= len(records)
        return fetched

    async def _fetch_decodable(self, partition: TopicPartition, offset: int, end: int, limit: int) -> list[Any]:
        """Fetch a partition's records from this offset to before ``end``, at most ``limit``, up to the first undecodable one.

        Ever fewer are fetched at once, until the undecodable one is alone.
        """
        records: list[Any] = []
        at_once = limit
        while len(records) < limit and offset < end:
            count = min(at_once, limit - len(records))
            try:
                batch = (await self._fetch(partition, timeout_ms=_FIND_MS, max_records=count)).get(partition)
            except KafkaError:
                self.seek(partition, offset)
                break
            except Exception as error:  # noqa: BLE001 - a decoder may raise anything
                if count > 1:
                    at_once = count // 2
                    self.seek(partition, offset)
                    continue
                records.append(self._skip(partition, offset, error))
                break
            if not batch:
                break
            records += batch
            offset = batch[-1].offset + 1
        return records

    def _skip(self, partition: TopicPartition, offset: int, error: Exception) -> UndecodableRecord:
        """Go on behind what cannot be decoded: a record, or a batch of them that must not be inflated."""
        following, cause = (
            (error.next_offset, str(error)) if isinstance(error, BatchUnreadable) else (offset + 1, type(error).__name__)
        )
        self.seek(partition, following)
        reason = f"offsets {offset} to {following - 1} cannot be decoded: {cause}"
        return UndecodableRecord(partition.topic, partition.partition, offset, reason)
