"""When a fetch fails, what was fetched along with it is fetched again, and an undecodable record comes by its place alone."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from shared.contract.topics import ATTENDANCE_INBOUND
from shared.messaging.batch_applier import BatchApplier
from shared.messaging.dead_letters import Burial
from shared.messaging.lossless_consumer import GATHER_SECONDS, LosslessConsumer, UndecodableRecord
from shared.settings import ServiceSettings

A, B = TopicPartition("attendance.inbound", 0), TopicPartition("attendance.inbound", 1)


@dataclass
class FakeRecord:
    offset: int


class FakeConsumer(LosslessConsumer):
    """A consumer of two partitions with ten records each. A fetch advances the positions of what it reads before it fails."""

    def __init__(self, failures: Sequence[Exception] = (), bad: Mapping[TopicPartition, int] = MappingProxyType({})) -> None:
        self.positions: dict[TopicPartition, int] = {A: 7, B: 3}
        self.done: dict[TopicPartition, int] = dict(self.positions)
        self._failures = list(failures)
        self._bad = bad

    def __del__(self) -> None:
        """Nothing was opened."""

    def subscription(self) -> set[str]:
        return {"attendance.inbound"}

    def assignment(self) -> set[TopicPartition]:
        return set(self.positions)

    async def committed_offsets(self) -> dict[TopicPartition, int]:
        return dict(self.done)

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, 10)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.positions[partition] = offset

    def _hold_back_fetches(self, milliseconds: int) -> None:
        """There are none."""

    def commit_fetched(self) -> None:
        self.done = dict(self.positions)

    async def _fetch(self, *partitions: TopicPartition, max_records: int | None, **_: Any) -> dict[TopicPartition, list[Any]]:
        fetched: dict[TopicPartition, list[Any]] = {}
        for partition in partitions or (A, B):
            while self.positions[partition] < 10 and max_records:
                if self.positions[partition] == self._bad.get(partition):
                    raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
                fetched.setdefault(partition, []).append(FakeRecord(self.positions[partition]))
                self.positions[partition] += 1
                max_records -= 1
        if not partitions and self._failures:
            raise self._failures.pop()
        return fetched


class FakeProducer:
    def __init__(self) -> None:
        self.sent: list[dict[str, bytes]] = []

    async def send_and_wait(self, topic: str, value: bytes, key: bytes | None, *, headers: list[tuple[str, bytes]]) -> None:
        self.sent.append(dict(headers))


def offsets(fetched: dict[TopicPartition, list[Any]]) -> dict[TopicPartition, list[int]]:
    return {partition: [record.offset for record in records] for partition, records in fetched.items()}


async def test_after_a_failed_fetch_every_partition_starts_again_at_what_is_committed() -> None:
    consumer = FakeConsumer([KafkaConnectionError()])
    assert await consumer.getmany(max_records=100) == {}
    assert consumer.positions == {A: 7, B: 3}
    assert "KafkaConnectionError" in consumer.failing
    assert offsets(await consumer.getmany(max_records=100)) == {A: [7, 8, 9], B: [3, 4, 5, 6, 7, 8, 9]}
    assert consumer.failing == ""


async def test_after_a_fetch_of_few_records_more_may_gather_before_the_next_one() -> None:
    consumer = FakeConsumer()
    began = time.monotonic()
    assert offsets(await consumer.getmany(max_records=100)) == {A: [7, 8, 9], B: [3, 4, 5, 6, 7, 8, 9]}
    consumer.positions[A] = 9
    assert offsets(await consumer.getmany(max_records=100)) == {A: [9]}
    assert time.monotonic() - began >= GATHER_SECONDS


@pytest.mark.parametrize("bad", [{B: 3}, {B: 4}, {B: 9}, {A: 8}, {A: 9, B: 5}, {A: 7, B: 3}])
@pytest.mark.parametrize("limit", [1, 2, 5, 100])
async def test_a_record_that_cannot_be_decoded_comes_in_its_place_and_no_other_is_lost(
    bad: dict[TopicPartition, int], limit: int
) -> None:
    consumer = FakeConsumer(bad=bad)
    seen: dict[TopicPartition, list[Any]] = {A: [], B: []}
    for _ in range(12):
        fetched = await consumer.getmany(max_records=limit)
        assert sum(map(len, fetched.values())) <= limit
        for partition, records in fetched.items():
            seen[partition] += records
        consumer.commit_fetched()
        if consumer.done == {A: 10, B: 10}:
            break
    assert offsets(seen) == {A: [7, 8, 9], B: [3, 4, 5, 6, 7, 8, 9]}
    undecodable = [record for records in seen.values() for record in records if isinstance(record, UndecodableRecord)]
    assert {TopicPartition(record.topic, record.partition): record.offset for record in undecodable} == bad


async def test_a_record_that_cannot_be_decoded_is_dead_lettered_by_its_place() -> None:
    settings, producer = ServiceSettings(), FakeProducer()

    async def never(*_: Any) -> Any:
        raise AssertionError("there is nothing to apply")

    burial = Burial("registration", producer, settings)
    applier = BatchApplier({"attendance.inbound": ATTENDANCE_INBOUND}, never, never, burial.bury, settings)
    fetched = await FakeConsumer(bad={B: 3}).getmany(max_records=100)
    (unapplied,) = await applier.apply(fetched[B])
    assert unapplied.reason == "offsets 3 to 3 cannot be decoded: UnicodeDecodeError"
    (letter,) = producer.sent
    assert (letter["dl_topic"], letter["dl_partition"], letter["dl_offset"]) == (b"attendance.inbound", b"1", b"3")
    assert letter["dl_reason"] == b"offsets 3 to 3 cannot be decoded: UnicodeDecodeError"
    assert letter["dl_omitted_why"] == b"it could not be read"
