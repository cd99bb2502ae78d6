"""When a fetch fails, what was fetched along with it is fetched again, and an undecodable record is passed over by its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from shared.contract.topics import ATTENDANCE_INBOUND
from shared.database.mongo import Database
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letters import Burial
from shared.messaging.kafka import create_broker
from shared.settings import ServiceSettings

A, B = TopicPartition("attendance.inbound", 0), TopicPartition("attendance.inbound", 1)


@dataclass
class FakeRecord:
    offset: int


class FakeConsumer:
    """A consumer of two partitions with ten records each. ``getmany`` advances the positions of what it reads before it fails."""

    def __init__(self, failures: Sequence[Exception] = (), bad: Mapping[TopicPartition, int] = MappingProxyType({})) -> None:
        self.positions: dict[TopicPartition, int] = {A: 7, B: 3}
        self.done: dict[TopicPartition, int] = dict(self.positions)
        self._failures = list(failures)
        self._bad = bad

    def assignment(self) -> set[TopicPartition]:
        return set(self.positions)

    async def committed(self, partition: TopicPartition) -> int:
        return self.done[partition]

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self.done |= offsets

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.positions[partition] = offset

    async def getmany(self, *partitions: TopicPartition, max_records: int = 100, **_: Any) -> dict[TopicPartition, list[Any]]:
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


@pytest.fixture
async def consumer() -> Consumer:
    settings = ServiceSettings(retry_seconds=0.01)
    database = Database("registration", settings)

    async def handler(*_: Any) -> None: ...

    return Consumer(
        "registration",
        [ATTENDANCE_INBOUND],
        handler,
        group="g",
        broker=create_broker("registration", settings),
        database=database,
        settings=settings,
    )


async def test_after_a_failed_fetch_every_partition_starts_again_at_what_is_committed(consumer: Consumer) -> None:
    fake, producer = FakeConsumer([KafkaConnectionError()]), FakeProducer()
    consumer.bury_by(Burial("registration", producer, ServiceSettings()))
    consumer._subscriber.consumer = fake
    consumer.watch_fetching()
    assert await fake.getmany() == {}
    assert fake.positions == {A: 7, B: 3}
    assert "KafkaConnectionError" in consumer._fetching.failing
    assert offsets(await fake.getmany()) == {A: [7, 8, 9], B: [3, 4, 5, 6, 7, 8, 9]}
    assert consumer._fetching.failing == ""
    assert producer.sent == []


async def test_a_record_that_cannot_be_decoded_is_dead_lettered_by_its_place_and_passed_over(consumer: Consumer) -> None:
    fake, producer = FakeConsumer(bad={B: 3}), FakeProducer()
    consumer.bury_by(Burial("registration", producer, ServiceSettings()))
    consumer._subscriber.consumer = fake
    consumer.watch_fetching()
    assert offsets(await fake.getmany(max_records=100)) == {A: [7, 8, 9]}
    assert (fake.positions, fake.done) == ({A: 10, B: 4}, {A: 7, B: 4})  # nothing of A was lost, B goes on behind the record
    assert offsets(await fake.getmany(max_records=100)) == {B: [4, 5, 6, 7, 8, 9]}
    (letter,) = producer.sent
    assert (letter["dl_topic"], letter["dl_partition"], letter["dl_offset"]) == (b"attendance.inbound", b"1", b"3")
    assert letter["dl_reason"] == b"offsets 3 to 3 cannot be decoded: UnicodeDecodeError"
    assert letter["dl_omitted_why"] == b"it could not be read"


@pytest.mark.parametrize("bad", [{B: 4}, {B: 9}, {A: 8}, {A: 9, B: 5}])
async def test_records_before_one_that_cannot_be_decoded_are_returned_and_those_behind_it_too(
    consumer: Consumer, bad: dict[TopicPartition, int]
) -> None:
    fake, producer = FakeConsumer(bad=bad), FakeProducer()
    consumer.bury_by(Burial("registration", producer, ServiceSettings()))
    consumer._subscriber.consumer = fake
    consumer.watch_fetching()
    seen: dict[TopicPartition, list[int]] = {A: [], B: []}
    for _ in range(4):
        for partition, found in offsets(await fake.getmany(max_records=100)).items():
            seen[partition] += found
            fake.done[partition] = found[-1] + 1  # as once a batch was applied
    assert seen == {A: [n for n in range(7, 10) if n != bad.get(A)], B: [n for n in range(3, 10) if n != bad.get(B)]}
    assert sorted((letter["dl_partition"], letter["dl_offset"]) for letter in producer.sent) == sorted(
        (str(partition.partition).encode(), str(offset).encode()) for partition, offset in bad.items()
    )
