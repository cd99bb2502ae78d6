"""When a fetch fails, what was fetched along with it is fetched again, and an undecodable record is passed over by its place."""

from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from shared.consumer import Consumer
from shared.dead_letters import Burial
from shared.kafka import create_broker
from shared.mongo import Database
from shared.settings import ServiceSettings
from shared.topics import ATTENDANCE_INBOUND

A, B = TopicPartition("attendance.inbound", 0), TopicPartition("attendance.inbound", 1)


class FakeConsumer:
    """A consumer of two partitions whose ``getmany`` advances the positions of what it has read before it fails."""

    def __init__(self, failures: Sequence[Exception], bad: TopicPartition | None = None) -> None:
        self.positions: dict[TopicPartition, int] = {A: 7, B: 3}
        self.done: dict[TopicPartition, int] = dict(self.positions)
        self._failures = list(failures)
        self._bad = bad

    def assignment(self) -> set[TopicPartition]:
        return set(self.positions)

    async def committed(self, partition: TopicPartition) -> int:
        offset: int = self.done[partition]
        return offset

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self.done |= offsets

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.positions[partition] = offset

    async def getmany(self, *partitions: TopicPartition, **_: Any) -> dict[TopicPartition, list[Any]]:
        for partition in partitions or (A, B):
            if partition == self._bad and self.positions[partition] == 3:
                raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
            self.positions[partition] += 1
        if not partitions and self._failures:
            raise self._failures.pop()
        return {}


class FakeProducer:
    def __init__(self) -> None:
        self.sent: list[dict[str, bytes]] = []

    async def send_and_wait(self, topic: str, value: bytes, key: bytes | None, *, headers: list[tuple[str, bytes]]) -> None:
        self.sent.append(dict(headers))


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
    assert "KafkaConnectionError" in consumer.fetch_failing
    await fake.getmany()
    assert consumer.fetch_failing == ""
    assert producer.sent == []


async def test_a_record_that_cannot_be_decoded_is_dead_lettered_by_its_place_and_passed_over(consumer: Consumer) -> None:
    fake, producer = FakeConsumer([], bad=B), FakeProducer()
    consumer.bury_by(Burial("registration", producer, ServiceSettings()))
    consumer._subscriber.consumer = fake
    consumer.watch_fetching()
    assert await fake.getmany() == {}
    assert fake.positions == {A: 7, B: 4}  # nothing of A was lost, B goes on behind the record
    assert fake.done == {A: 7, B: 4}
    (letter,) = producer.sent
    assert (letter["dl_topic"], letter["dl_partition"], letter["dl_offset"]) == (b"attendance.inbound", b"1", b"3")
    assert letter["dl_reason"] == b"offsets 3 to 3 cannot be decoded: UnicodeDecodeError"
    assert letter["dl_omitted_why"] == b"it could not be read"
